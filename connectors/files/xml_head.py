"""What the beginning of an XML file says of the rest: its encoding, and whether it has a DOCTYPE."""

import re

_CHINESE = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["'](gbk|gb2312|gb_2312-80|cp936)["']""", re.IGNORECASE)
_PROLOGUE = rb"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->))*+"
"""Each part of it is taken once and kept: else comments could be cut in as many ways as there are powers of two."""
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?" + _PROLOGUE + rb"<!DOCTYPE", re.DOTALL | re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


def encoding_of(first: bytes) -> str | None:
    """GB18030 of a file that calls itself GBK, since it may hold what only that has; None: what it says itself."""
    return "gb18030" if _CHINESE.match(first.removeprefix(_BOM)) else None


def has_doctype(first: bytes) -> bool:
    """Whether one stands before the root."""
    return _DOCTYPE.match(first) is not None
