"""When two entries have the same title: but for punctuation, blanks, letter width, and what a spreadsheet fills in."""

import re

from schemas.contract_lint import plain_title

_FILLED = re.compile(r"(?<![0-9])[0-9]{1,2}$|(副本|copy)[0-9]*$")
LONGEST = 200


def plain_entry_title(title: str) -> str:
    """What tells titles apart: “低保对象 1” and “低保对象2” are one title that a spreadsheet has counted on."""
    plain = plain_title(title)
    return (_FILLED.sub("", plain) or plain)[:LONGEST]
