"""One home, one running supervisor: the lock goes with its process, however that ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import NotReady


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the home; NotReady when another process does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise NotReady(
                f"{file.parent} is in use by another `yishu up` or `yishu demo`: stop that one first"
            ) from taken
        yield
