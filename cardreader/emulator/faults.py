"""What a forged chip does wrong when it is asked to prove itself or to protect an answer."""

from dataclasses import dataclass
from typing import Literal

ActiveFault = Literal["refused", "empty", "garbage", "replayed"]


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one chip; none by default.

    active: INTERNAL AUTHENTICATE is refused, answered with nothing, with random bytes of the right
        length, or with the signature over another nonce.
    chip_refused: the commands of chip authentication are refused.
    sound_answers: so many protected answers have a right MAC, all later ones a wrong one.
    """

    active: ActiveFault | None = None
    chip_refused: bool = False
    sound_answers: int | None = None
