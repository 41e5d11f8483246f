"""A virtual chip ID card for training, demonstration and tests.

It issues a card like the CCCD for an invented person and answers as its chip
would, over the virtual reader of `vsmartcard-vpcd` or inside the process. It
shares nothing with the reader but pure parsing and the port's errors, so that
a mistake made on one side is seen by the other.
"""
