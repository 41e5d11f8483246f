"""Rows, search and migrations; the only room of the gateway that knows SQL."""
