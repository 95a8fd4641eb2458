"""What the part of docs/BENCHMARKS.md begins with."""

HEAD = """## Pictures

Whole commands beside scripts that do the same with Pillow and scikit-learn, each in a process of its
own: ours, theirs, ours, theirs …, with 2 threads or processes each, the files in the page cache.
Seconds are medians, on the clock; processor seconds are those of all threads. A ratio is their
seconds by ours within one pair, so above 1 we are faster; the median and, in brackets, the least
and the greatest. Memory is the peak of the resident memory of one process, the greatest of all runs.
"""
