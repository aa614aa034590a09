"""Days and months written as text (GB/T 7408): real days only, leap years and all, as one pattern for RE2.

Years from 1000 to 2999: what registers write in other years is a mistyped one.
"""

import re

_LEAP = "([12][0-9](0[48]|[2468][048]|[13579][26])|(1[26]|2[048])00)"
"""Every fourth year, but of the years that end in 00 every fourth of those."""


def day_form(hyphen: str = "") -> str:
    """The pattern of a real day, `YYYYMMDD` with `hyphen` between its parts."""
    usual = f"(0[1-9]|1[0-2]){hyphen}(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2]){hyphen}(29|30)|(0[13578]|1[02]){hyphen}31"
    return f"([12][0-9]{{3}}{hyphen}({usual})|{_LEAP}{hyphen}02{hyphen}29)"


MONTH = "[12][0-9]{3}(0[1-9]|1[0-2])"
"""`YYYYMM`."""
MOMENT = f"{day_form()}([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
"""`YYYYMMDDhhmmss`."""


def is_day(text: str, hyphen: str = "") -> bool:
    """Whether it is a real day in that form."""
    return re.fullmatch(day_form(hyphen), text) is not None
