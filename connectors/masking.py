"""Takes a secret out of words that are shown."""

import re
from html.entities import codepoint2name

_END = "(?:;|%(?:25)*3[bB])"
_AMPERSAND = f"(?:&|%(?:25)*26)(?:amp{_END})*"
_NUMBER = f"{_AMPERSAND}(?:#|%(?:25)*23)"
_CODED = rf"(?:\\{{1,7}}+(?:u00|x)5[cC]|{_NUMBER}(?:0*92|[xX]0*5[cC]){_END})"
_NAMES = {chr(point): name for point, name in codepoint2name.items()} | {"'": "apos"}
_LETTERS = dict(zip("\b\t\n\f\r", "btnfr", strict=True))


def masked(said: str, secret: str) -> str:
    """Without the secret, as it is and as XML, HTML, addresses, JSON and Python write it, or one of them another's.

    Asked before anything is cut.
    """
    return re.sub("".join(map(_forms, re.findall(r"\\*[^\\]|\\+", secret))), "***", said) if secret else said


def _forms(piece: str) -> str:
    """A pattern of a character and of the backslashes before it.

    Each writer escapes some characters and leaves others, so every one may stand in any of its forms.
    """
    character = piece.lstrip("\\")
    count = len(piece) - len(character)
    if not character:
        return f"(?:{_CODED}{{{count}}}|{_backslashes(count)})"
    if not count and character.isascii() and character.isalnum():
        return _of_letter(character)
    plain, escaped = _plain(character), _escaped(character)
    if count:
        return f"(?:{_CODED}{{{count}}}{_backslashes(0)}|{_backslashes(count)})(?:{plain}|{escaped})"
    if character in "\"'`/":
        return f"{_backslashes(0)}(?:{plain}|{escaped})"
    return f"(?:{plain}|{_backslashes(1)}(?:{escaped}))"


def _backslashes(count: int) -> str:
    """So many at least; each text of JSON within another writes one as two, three deep eight."""
    times = f"{{{count},{count * 8 + 7}}}+"
    return rf"(?:\\{times}|(?:%(?:25)*5[cC]){times})"


def _of_letter(letter: str) -> str:
    """Few code letters and digits, and those code every character."""
    point, code = ord(letter), f"(?i:{ord(letter):02x})"
    return rf"(?:{letter}|%(?:25)*{code}|\\{{1,7}}+u00{code}|&(?:amp;)*#(?:0*{point}|[xX]0*{code});)"


def _plain(character: str) -> str:
    """As an entity, in percent codes and as it is: the longest first."""
    point = ord(character)
    percent = "|".join(_coded("%(?:25)*", some) for some in _bytes(character))
    number = f"{_NUMBER}(?:0*{point}|[xX]0*(?i:{point:x})){_END}"
    name = (f"{_AMPERSAND}{_NAMES[character]}{_END}",) if character in _NAMES else ()
    of_its_own = {"&": (_AMPERSAND,), " ": (r"\+", "%(?:25)*2[bB]")}.get(character, ())
    return "|".join((number, *name, *of_its_own, percent, re.escape(character)))


def _escaped(character: str) -> str:
    """What follows a backslash in JSON, per unit of UTF-16, and in Python."""
    point = ord(character)
    units = re.findall("....", character.encode("utf-16-be", errors="surrogatepass").hex())
    forms = [_backslashes(1).join(f"u(?i:{unit})" for unit in units), f"U(?i:{point:08x})"]
    forms += [f"x(?i:{some[0]:02x}){_coded(f'{_backslashes(1)}x', some[1:])}" for some in _bytes(character)]
    return "|".join((*forms, *([f"x(?i:{point:02x})"] if point < 256 else []), *_LETTERS.get(character, "")))


def _coded(before: str, some: bytes) -> str:
    """Each byte in hexadecimal; a letter or digit as it is, too."""
    plain = (f"|{chr(byte)}" if byte < 128 and chr(byte).isalnum() else "" for byte in some)
    return "".join(f"(?:{before}(?i:{byte:02x}){letter})" for byte, letter in zip(some, plain, strict=True))


def _bytes(character: str) -> tuple[bytes, ...]:
    """As UTF-8 and GB18030 write it."""
    utf8 = character.encode(errors="surrogatepass")
    return (utf8,) if character.isascii() else (utf8, character.encode("gb18030", errors="replace"))
