import os

import pytest
from hypothesis import HealthCheck, settings

# The first example of a test may compile a kernel, which takes seconds.
settings.register_profile("wordloom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wordloom")


def pytest_runtest_setup(item):
    if item.get_closest_marker("data") and not os.environ.get("WORDLOOM_DATA"):
        pytest.skip("WORDLOOM_DATA is not set")
