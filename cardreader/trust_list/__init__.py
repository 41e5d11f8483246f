"""Keeping the list of pinned certificates: what may join it, what stands in it, and what is wrong with it."""
