"""What every test may use."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.servers"]

# Nothing is timed: how fast examples are made says how busy the machine is.
settings.register_profile(
    "membus", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("membus")
