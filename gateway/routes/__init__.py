"""One blueprint per door; a handler reads the request, calls one service, shapes the answer."""
