import pytest

from wordloom.parallel import one_blas_thread


@pytest.fixture(autouse=True)
def calm_blas():
    """As in a classifier's `fit`: threads of BLAS slow such small problems down twenty times."""
    with one_blas_thread():
        yield
