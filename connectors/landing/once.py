"""Puts a whole file under a name exactly once: whoever comes second finds the first one's."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from time import monotonic_ns

from connectors.landing.parts import sync


def create(file: Path, content: bytes) -> bool:
    """Writes `content` durably under a name that must not exist yet; False when somebody else was first."""
    draft = _draft(file, content)
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        sync(file.parent)
    return True


def replace(file: Path, content: bytes) -> None:
    """Writes `content` durably under a name, in place of what stands there."""
    _draft(file, content).rename(file)
    sync(file.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Waits until no other process works in this folder; a killed one lets go by itself."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _draft(file: Path, content: bytes) -> Path:
    draft = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}-{monotonic_ns()}.tmp")
    with draft.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    return draft
