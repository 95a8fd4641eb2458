"""The race of `lookalike cluster` and `embed` against the ways of Python."""
