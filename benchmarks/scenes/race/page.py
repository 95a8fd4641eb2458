"""What the part of docs/BENCHMARKS.md begins with."""

HEAD = """## Scenes

Whole commands beside scripts that do the same with rasterio, scikit-learn and Pillow, each in a
process of its own: ours, theirs, ours, theirs …, with 2 threads each, the input in the page cache.
Seconds are medians, on the clock; processor seconds are those of all threads. A ratio is their
seconds by ours within one pair, so above 1 we are faster; the median and, in brackets, the least
and the greatest. Memory is the peak of the resident memory, the greatest of all runs.
"""
