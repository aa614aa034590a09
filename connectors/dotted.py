"""Dotted paths into nested records: a name as it is, or steps such as `person.name`, `phones.0` and `air.PM2\\.5`."""

import re
from functools import lru_cache

from schemas.dataset import Json


class _Nothing:
    """Stands where a record has no such name."""


NOTHING = _Nothing()


def reach(record: Json, name: str) -> Json | _Nothing:
    """What a record has under a name, or else under a dotted path; `NOTHING` where it has neither."""
    return record[name] if isinstance(record, dict) and name in record else follow(record, steps(name))


def follow(found: Json, way: tuple[str, ...]) -> Json | _Nothing:
    """What stands at the end of steps; `NOTHING` where nothing does, None where NULL stands on the way."""
    for step in way:
        if isinstance(found, dict):
            found = found.get(step, NOTHING)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return found if found is None else NOTHING
    return found


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """The steps of a dotted path, in which `\\.` is part of a name; an empty path has none."""
    return tuple(step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", path)) if path else ()
