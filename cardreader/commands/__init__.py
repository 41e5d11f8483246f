"""One module for each command of `tiepdon-card`."""
