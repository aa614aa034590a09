"""How a contract writes down the look of dates and moments: strptime patterns of which each has one exact reading."""

import re

PARTS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%f": 6}
"""Directive -> its most digits."""


def regex(pattern: str) -> str:
    """RE2 pattern with a group for each directive; years have four digits.

    Months, days and hours may have one digit, as people write them, unless another number touches them: then
    2026112 would be both the second of November and the twelfth of January.
    """
    pieces = re.split(r"(%.)", pattern)
    made = []
    for at, piece in enumerate(pieces):
        if piece not in PARTS:
            made.append(re.escape(piece.replace("%%", "%")))
            continue
        most = PARTS[piece]
        least = most if piece == "%Y" or _touched(pieces, at) else 1
        made.append(f"(?P<{piece[1]}>[0-9]{{{least},{most}}})")
    return "^" + "".join(made) + "$"


def format_mistake(pattern: str) -> str:
    """Why a field's `format` cannot be read; empty when it can."""
    known = [*PARTS, "%%"]
    strange = [part for part in re.findall(r"%.?", pattern) if part not in known]
    doubled = [part for part in PARTS if pattern.count(part) > 1]
    if strange or doubled:
        return f"found {', '.join(strange or doubled)} in {pattern!r}, expected each at most once of {', '.join(known)}"
    return "" if "%Y" in pattern or not pattern else f"found {pattern!r}, expected one with %Y"


def sorts_by_time(pattern: str) -> bool:
    """Whether texts written after it come in the order of time; of no pattern those of ISO 8601 do."""
    told = [part for part in re.findall(r"%.", pattern) if part in PARTS]
    return told == list(PARTS)[: len(told)]


def _touched(pieces: list[str], at: int) -> bool:
    """Whether a digit may stand right before or after this directive."""
    before, after = pieces[at - 1], pieces[at + 1]
    return (before[-1:].isdigit() or (not before and at > 1)) or (
        after[:1].isdigit() or (not after and at < len(pieces) - 2)
    )
