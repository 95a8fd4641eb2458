"""The race of Lookalike against its peers."""
