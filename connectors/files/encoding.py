"""Texts are decoded as the contract declares; what looks like another encoding is only warned of."""

import codecs
from typing import Literal

from connectors.files.content import Content
from connectors.protocol import Problem

Encoding = Literal["utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]
"""What a contract may declare."""

_SAMPLE = 1 << 16
_BLOCK = 1 << 20
_CHINESE = ("gb18030", "gbk", "gb2312")


def codec(declared: Encoding) -> str:
    """The Python codec of a declared encoding: GBK and GB2312 are read as GB18030, which holds them both.

    Files that call themselves GBK hold names such as 䅟茬窑 and 䶮 that only GB18030 has.
    """
    return "gb18030" if declared in _CHINESE else declared


def undecodable(content: Content, declared: Encoding) -> str:
    """Where a file stops being text of its declared encoding, in words; empty when it is sound."""
    decoder = codecs.getincrementaldecoder(codec(declared))()
    position = lines = 0
    with content.open() as opened:
        while True:
            block = opened.read(_BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as wrong:
                start = wrong.start - (len(wrong.object) - len(block))
                line = lines + block[: max(start, 0)].count(b"\n") + 1
                found = wrong.object[wrong.start : wrong.start + 4].hex(" ")
                return (
                    f"{content.where}: byte {position + start} (line {line}): found {found}, "
                    f"which is no {declared.upper()}; expected the encoding that the contract declares"
                    + "".join(f"; {problem.said}: {problem.advice}" for problem in suspicions(content, declared))
                )
            if not block:
                return ""
            position += len(block)
            lines += block.count(b"\n")


def suspicions(content: Content, declared: Encoding) -> tuple[Problem, ...]:
    """Warnings about the first 64 KiB: UTF-8 or Big5 that would pass as GB18030 without an error.

    Big5 is suspected when the sample decodes as Big5 and more than a fifth of its double bytes end below A1:
    in GB2312, which nearly all running Chinese text keeps to, none does; in Big5 about two in five do.
    """
    if codec(declared) != "gb18030":
        return ()
    with content.open() as opened:
        sample = opened.read(_SAMPLE)
    if sample.isascii():
        return ()
    if decodes(sample, "utf-8"):
        return (_suspicion(content, declared, "utf-8"),)
    if decodes(sample, "big5") and _low_trails(sample) > 0.2:
        return (_suspicion(content, declared, "big5"),)
    return ()


def _suspicion(content: Content, declared: str, looks: str) -> Problem:
    return Problem(
        "ENCODING_SUSPECT",
        f"{content.name}: declared {declared.upper()}, but it looks like {looks.upper()}",
        f"open it and read a few names; if they are garbled, declare encoding: {looks}",
        warning=True,
    )


def decodes(some: bytes, encoding: str, *, whole: bool = False) -> bool:
    """Whether bytes are text of an encoding; unless they are `whole` their last character may be cut in two."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(some, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _low_trails(sample: bytes) -> float:
    pairs = low = 0
    position = 0
    while position < len(sample) - 1:
        if sample[position] < 0x80:
            position += 1
            continue
        pairs += 1
        low += sample[position + 1] < 0xA1
        position += 2
    return low / pairs if pairs else 0.0
