"""Whole commands of ours beside scripts that do the same: what the runners of such races share."""
