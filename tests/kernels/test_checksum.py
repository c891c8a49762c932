import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.checksum import crc32c


def slow_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@given(st.binary(max_size=50))
def test_it_equals_the_definition(data):
    assert crc32c(np.frombuffer(data, np.uint8)) == slow_crc32c(data)
