"""Is it genuine? Offline, and pure but for reading the trust list; the gateway uses it as the reader does."""
