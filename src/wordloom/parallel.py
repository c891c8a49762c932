"""How many threads to use, and how to keep BLAS from using more."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_blas_thread", "processor_count"]


def processor_count() -> int:
    """Return how many processors this process may use.

    Example:
        >>> processor_count() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS on the calling thread while the block runs.

    Where our own threads are the parallel ones, or the products are small, threads of BLAS only
    wait for each other.
    """
    # The limit reaches the libraries that are loaded by now, and kernels call SciPy's.
    import scipy.linalg.cython_blas  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
