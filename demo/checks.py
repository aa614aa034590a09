"""Check digits for the numbers that the demo city makes up; written apart from the product that will judge them."""

from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_DIGITS = "10X98765432"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SERIAL_SUMS = tuple(
    sum(int(d) * w for d, w in zip(f"{serial:03d}", _ID_WEIGHTS[14:], strict=True)) for serial in range(1000)
)


def _sum(text: str, first: int) -> int:
    return sum(int(d) * w for d, w in zip(text, _ID_WEIGHTS[first:], strict=False))


class ResidentIds:
    """Makes 18-character resident ids 公民身份号码 (GB 11643) fast: the parts of the sum are kept."""

    def __init__(self) -> None:
        self._counties: dict[str, int] = {}
        self._days: dict[int, tuple[str, int]] = {}

    def make(self, county: str, born: int, serial: int) -> str:
        """The id of a county (6 digits), a day of birth (ordinal) and a serial number 0–999."""
        before = self._counties.get(county)
        if before is None:
            before = self._counties[county] = _sum(county, 0)
        known = self._days.get(born)
        if known is None:
            text = date.fromordinal(born).strftime("%Y%m%d")
            known = self._days[born] = (text, _sum(text, 6))
        return f"{county}{known[0]}{serial:03d}{_ID_DIGITS[(before + known[1] + _SERIAL_SUMS[serial]) % 11]}"


def credit_code(county: str, organisation: str, kind: str = "91") -> str:
    """An 18-character credit code 统一社会信用代码 (GB 32100) around an 8-character organisation number (GB 11714).

    `kind`: 91 an enterprise, 11 a government body, 54 a villagers' committee.
    """
    values = (int(c) if c.isdigit() else ord(c) - 55 for c in organisation)
    rest = 11 - sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    body = f"{kind}{county}{organisation}{'0' if rest == 11 else 'X' if rest == 10 else rest}"
    total = sum(_CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _CREDIT[-total % 31]


def spoiled(code: str) -> str:
    """The same code with another last character, so that its check digit is wrong."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")
