"""Numba kernels inside XLA programs on the CPU: what JAX calls without copies or Python."""
