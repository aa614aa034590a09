"""The words of a change between two versions of a contract: how grave it is, and said in both languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

Pair = tuple[str, str]
"""Chinese, English."""


class Level(IntEnum):
    """What a change asks of the version: a new patch, a new minor, a new major one."""

    COMPATIBLE = 0
    MINOR = 1
    BREAKING = 2

    @property
    def word(self) -> str:
        """`compatible`, `minor` or `breaking`."""
        return self.name.lower()


REQUIRES: dict[Level, Pair] = {
    Level.COMPATIBLE: ("新的修订号", "a new patch version"),
    Level.MINOR: ("新的次版本号", "a new minor version"),
    Level.BREAKING: ("新的主版本号，并通知被授权方", "a new major version, and that the grantees are told"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, how grave, and what it is in Chinese and English."""

    level: Level
    where: str
    """`sharing`, `fields.person_id.type`, `rules.key.unique`…"""
    said: str
    said_en: str

    @property
    def requires(self) -> Pair:
        """What the change asks for, in Chinese and English."""
        return REQUIRES[self.level]

    def __str__(self) -> str:
        asked, asked_en = self.requires
        return f"{self.level.word} {self.where}: {self.said} {self.said_en} （须 needs: {asked} {asked_en}）"


def altered(level: Level, where: str, what: Pair, old: object, new: object) -> Iterator[Change]:
    """One change where two values differ."""
    if old != new:
        was, now = _shown(old), _shown(new)
        said, said_en = f"{what[0]}由 {was[0]} 改为 {now[0]}。", f"{what[1]}: {was[1]} became {now[1]}."
        yield Change(level, where, said, said_en)


def grew(where: str, what: Pair, old: int, new: int, shown: Pair) -> Iterator[Change]:
    """breaking where the number that stands for a limit is greater than before, minor where it is less."""
    if old != new:
        level = Level.BREAKING if new > old else Level.MINOR
        direction = ("收紧", "stricter") if new > old else ("放宽", "looser")
        said = f"{what[0]}{direction[0]}：{shown[0]} → {shown[1]}。"
        yield Change(level, where, said, f"{what[1]} became {direction[1]}: {shown[0]} → {shown[1]}.")


def listed(where: str, what: Pair, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    """breaking for every word that is gone, minor for every new one."""
    before, after = tuple(old), tuple(new)
    for word in before:
        if word not in after:
            yield Change(Level.BREAKING, where, f"不再有{what[0]} {word}。", f"The {what[1]} {word} is gone.")
    for word in after:
        if word not in before:
            yield Change(Level.MINOR, where, f"新增{what[0]} {word}。", f"The {what[1]} {word} is new.")


def _shown(value: object) -> Pair:
    if value in ("", None, ()):
        return "无", "nothing"
    if isinstance(value, tuple):
        return "、".join(map(str, value)), ", ".join(map(str, value))
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    return f"“{value}”", f"{str(value)!r}"
