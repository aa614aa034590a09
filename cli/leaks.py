"""Looks for secrets where none may be: in what the processes wrote."""

from collections.abc import Iterable
from pathlib import Path

SHORTEST = 8
"""A shorter secret would be found by chance."""


def leaks(folder: Path, secrets: Iterable[str]) -> tuple[str, ...]:
    """Files below `folder` that hold one of the secrets, with the line; the secret itself is not repeated."""
    needles = [secret.encode() for secret in secrets if len(secret) >= SHORTEST]
    return tuple(
        f"{file.relative_to(folder)}:{number}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for number, line in enumerate(file.read_bytes().splitlines(), 1)
        if any(needle in line for needle in needles)
    )
