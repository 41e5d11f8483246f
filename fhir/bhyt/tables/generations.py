"""The generations of the national field lists, by the decision that issued them."""

from typing import Literal

Generation = Literal["130", "4750", "3176", "1931"]
