"""What the garbage collector need not look at: the program itself, which lives as long as its process.

Reading a chunk makes a million small objects, and the collector would go through the classes of FHIR and
everything else that was imported again and again: a quarter of a worker's time, by measurement.
"""

import gc

from bhyt.validation import problems

YOUNG_OBJECTS = 50_000
"""How many new objects make the collector look for cycles among them; a claim of 15 lines is 5,000."""
_FIRST_VALIDATED = ("Claim", "Bundle", "Encounter")


def settle() -> None:
    """Load what is loaded at first use, and leave all that stands now to itself; for a process that stays."""
    for resource_type in _FIRST_VALIDATED:
        problems({"resourceType": resource_type})
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
