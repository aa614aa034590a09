"""The installation's own secrets: files of 32 random bytes, made once, readable by their owner only."""

import os
from collections.abc import Callable
from pathlib import Path

from schemas.errors import NotReady

SIZE = 32


def secret_file(path: Path, randomness: Callable[[int], bytes]) -> bytes:
    """The secret in `path`, made where there is none; NotReady where others may read it or it is not whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        made = _make(path, randomness(SIZE))
    except PermissionError as wrong:
        raise NotReady(f"{path}: cannot be written; this user must own the folder") from wrong
    if made is not None:
        return made
    mode = path.stat().st_mode & 0o077
    if mode:
        raise NotReady(f"{path}: others may read it (mode {path.stat().st_mode & 0o777:o}); run chmod 600 on it")
    secret = path.read_bytes()
    if len(secret) != SIZE:
        raise NotReady(f"{path}: found {len(secret)} bytes, expected {SIZE}; restore it from the backup")
    return secret


def _make(path: Path, secret: bytes) -> bytes | None:
    """Create it whole or not at all; None where it is there already. Two at once agree on one."""
    if path.exists():
        return None
    half = path.with_name(f".{path.name}.{secret[:6].hex()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)
    except FileExistsError:
        return None
    finally:
        half.unlink()
    return secret
