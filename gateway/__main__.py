"""`python -m gateway` is `tiepdon-gateway`."""

from gateway.cli import main

main()
