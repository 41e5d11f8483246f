"""The story of the house told by real calls, and the invented province it plays in."""
