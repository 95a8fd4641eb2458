"""The race of `lookalike segment` and `quantize` against the ways of Python."""
