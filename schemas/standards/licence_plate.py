"""Licence plates of motor vehicles 机动车号牌 (GA 36-2018): the ordinary 7 characters and the 8 of new-energy vehicles.

A province, the letter of the office that issues them, and a serial. New-energy plates have a letter of their own in
it, D, A, B, C, E for purely electric and F, G, H, J, K for others: first for small vehicles, last for large ones. No
I and no O anywhere. Plates of trailers, learners, police, embassies and the armed forces have other forms.
"""

import re

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_LETTER, _SERIAL, _ENERGY = "[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]", "[A-HJK]"
FORM = f"[{PROVINCES}]{_LETTER}({_SERIAL}{{5}}|{_ENERGY}{_SERIAL}[0-9]{{4}}|[0-9]{{5}}{_ENERGY})"
"""For RE2, without anchors."""


def is_licence_plate(plate: str) -> bool:
    """Whether it is an ordinary or a new-energy plate, without dot and blanks."""
    return re.fullmatch(FORM, plate) is not None
