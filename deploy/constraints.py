"""Prints the constraints (name==version, with markers) that a hash-locked requirements file pins."""

import sys
from pathlib import Path


def constraints(lock: str) -> str:
    """Lines of `lock` that name a version, without their hashes and extras."""
    lines = (line.removesuffix("\\").strip() for line in lock.splitlines() if "==" in line and not line.startswith(" "))
    return "".join(f"{_without_extras(line)}\n" for line in lines)


def _without_extras(line: str) -> str:
    name, rest = line.split("==", 1)
    return f"{name.split('[', 1)[0]}=={rest}"


if __name__ == "__main__":
    sys.stdout.write(constraints(Path(sys.argv[1]).read_text(encoding="utf-8")))
