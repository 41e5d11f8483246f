"""How properties are searched. Only here: wherever hypothesis is imported, it slows every test a little."""

import os

from hypothesis import HealthCheck, settings

# A property is about the answer, never about the time a busy machine took for it. `make test` tries the
# same examples every time, so that a commit is judged by what it changed; HYPOTHESIS_PROFILE=search looks
# for new ones.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("search"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
