"""Reads JSON so that nothing is lost: numbers keep every digit as written, a name that stands twice is an error."""

import json

from connectors.records import DEEPEST, TOO_DEEP, NoNumber, Number, deep
from schemas.dataset import Json

SLACK = 64
"""A value that merely ends too early fails this close to its end."""


class NotJson(ValueError):
    """A text is no JSON, or not one that can be kept; the message says why."""

    def __init__(self, why: str, at: int, *, cut: bool = False) -> None:
        super().__init__(why)
        self.why, self.at, self.cut = why, at, cut
        """`cut`: it may be whole once there is more of it."""


class JsonText:
    """A parser of single values."""

    def __init__(self) -> None:
        self.wrong = ""
        """What is wrong with the last value although it is JSON: a name that stands twice in one object."""
        self._decoder = json.JSONDecoder(
            parse_float=Number, parse_int=Number, parse_constant=NoNumber, object_pairs_hook=self._object
        )

    def value(self, text: str, at: int = 0) -> tuple[Json, int]:
        """The value that begins at `at`, and where it ends; NotJson says why there is none."""
        self.wrong = ""
        try:
            value, end = self._decoder.raw_decode(text, at)
        except json.JSONDecodeError as wrong:
            cut = wrong.msg.startswith("Unterminated") or wrong.pos > len(text) - SLACK
            raise NotJson(wrong.msg, wrong.pos, cut=cut) from wrong
        except RecursionError as wrong:
            raise NotJson(TOO_DEEP, at) from wrong
        if text.count("[", at, end) + text.count("{", at, end) > DEEPEST and deep(value):
            raise NotJson(TOO_DEEP, at)
        return value, end

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            self.wrong = f"the name {twice!r} stands twice in one object"
        return made
