"""Use cases: a session and plain values in, plain values out; the caller owns the transaction."""
