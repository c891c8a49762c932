import jax
import pytest


@pytest.fixture(scope="package", autouse=True)
def quickly_compiled():
    """Programs of JAX that are run a few times on small arrays need not be fast ones."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
