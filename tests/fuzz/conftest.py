"""How properties are searched. Only here: wherever hypothesis is imported, it slows every test a little."""

from hypothesis import HealthCheck, settings

# A property is about the answer, never about the time a busy machine took for it.
settings.register_profile("tiepdon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tiepdon")
