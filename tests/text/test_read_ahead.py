import threading
import time

import pytest

from wordloom.text.read_ahead import read_ahead


def reader_threads():
    return [thread for thread in threading.enumerate() if thread.name == "read ahead"]


def test_items_come_in_order_from_another_thread():
    names = read_ahead(threading.current_thread().name for _ in range(5))
    assert set(names) == {"read ahead"}
    assert list(read_ahead(range(50), depth=1)) == list(range(50))


def test_no_more_items_wait_than_asked():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    ahead = read_ahead(items(), depth=2)
    assert next(ahead) == 0
    time.sleep(0.2)
    assert len(made) <= 4  # One taken, two waiting, one at the door.
    ahead.close()


def test_errors_surface_where_the_items_are_used():
    def items():
        yield 1
        raise KeyError("bad file")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(KeyError, match="bad file"):
        next(ahead)
    assert not reader_threads()


def test_stopping_early_ends_the_thread_and_closes_the_generator():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    def use():
        for _ in read_ahead(read_ahead(items())):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    assert closed.wait(2)
    deadline = time.monotonic() + 2
    while reader_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not reader_threads()
