"""The reception page: one clerk, one reader, one queue, on this machine only."""
