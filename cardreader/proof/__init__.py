"""Is it genuine? Pure and offline: the same code serves the reader and the gateway."""
