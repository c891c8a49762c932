"""Work that runs ahead of its consumer in a thread of its own."""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """Yield the items of an iterable that is run in another thread.

    What the iterable raises, the consumer gets. When the consumer stops early, on an error or
    Ctrl-C, the thread stops at its next item.

    Args:
        items: What to run, such as a generator that reads files.
        depth: How many items may wait to be fetched.

    Yields:
        The items in order.

    Example:
        >>> sum(read_ahead(range(4)))
        6
    """
    waiting: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(depth)
    stopped = threading.Event()

    def hand_on(entry: tuple[Item] | BaseException | None) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                waiting.put(entry, timeout=0.1)
                return

    def run() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                hand_on((item,))
                if stopped.is_set():
                    break
            hand_on(None)
        except BaseException as error:  # Whatever it is, it belongs to the consumer.
            hand_on(error)
        finally:
            # Closes the files of a generator that was stopped half way.
            if hasattr(iterator, "close"):
                iterator.close()

    # A daemon, because it may be waiting for standard input when the program is interrupted.
    thread = threading.Thread(target=run, name="read ahead", daemon=True)
    thread.start()
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        stopped.set()
        thread.join(timeout=0.5)
