"""`python -m gateway` is `tiepdon-gateway`."""

import gc

gc.disable()  # nothing that is imported is garbage: a fifth of the start is spent looking
from gateway.cli import main  # noqa: E402 - the imports are what takes the time

gc.enable()
main()
