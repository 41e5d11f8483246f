"""Which rule of automatic review a failure code stands for.

The rules `BHYT-R-nnn` are the project's own numbering of what automatic review looks at; the
table `rules.csv` has one row per failure code and the severity that the rule proposes.
"""

from bhyt.tables import find


def rule_of(code: str) -> str:
    """Return the rule's id (`BHYT-R-204`), or the failure code itself if no rule has a number for it."""
    row = find("rules", code)
    return row["rule"] if row else code
