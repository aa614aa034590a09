"""Whether an answer says of itself that all is well: many services tell their errors with status 200."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import Field

from connectors.exploring import Proposal
from connectors.masking import masked
from connectors.options import Options
from connectors.records import text_of, whole
from schemas.dataset import Json
from schemas.errors import SourceChanged, SourceUnreachable

CODES = ("code", "status", "errcode", "success", "retcode", "resultcode", "error_code", "ret_code", "result_code")
"""What members are called that say how it went."""
MESSAGES = ("msg", "message", "errmsg", "errormsg", "error_msg", "error_message", "error", "desc")
ERRORS = ("error", "errors", "exception", "fault")
"""What members are called that hold something where something is wrong, unless a code beside them says otherwise."""
ERROR_WORDS = ("errmsg", "errormsg", "error_msg", "error_message")
"""What members are called that hold words, of an error or that all is well."""
WELL = ("0", "1", "200", "true", "ok", "success", "0000", "000000", "00000")
"""What usually stands there when all is well; anything else may be a value like another, such as a division."""
_DOUBTFUL = {"0": ("success", "status"), "1": tuple(name for name in CODES if name != "success")}
"""What means that all is well under some names, and the contrary under these."""
_NOTHING: tuple[Json, ...] = (None, [], {}, "")
SHOWN = 200
"""Characters of the service's own words."""


class Success(Options):
    """Where an answer says how it went, and what stands there when all is well."""

    path: str = Field(min_length=1)
    """Dotted path of one value in the answer, e.g. `code`."""
    values: tuple[str, ...] = Field(min_length=1)
    """As texts: `["0", "200"]`; a truth is `"true"`, and `""` stands for nothing there."""
    busy: tuple[str, ...] = ()
    """What stands there where the same ask may succeed later."""
    message: str = ""
    """Dotted path of the service's own words; empty: a member beside the value that is called `msg`, `message`…"""


@dataclass(slots=True)
class Said:
    """What the answers of one read say of themselves, held against what is declared, else against the first."""

    success: Success | None
    records: str
    """Dotted path of the records."""
    where: str
    secrets: set[str] = field(default_factory=set, repr=False)
    """Never shown."""
    _first: Mapping[str, str] | None = None
    _spoke: bool = False
    """Whether the first one had words under a name that errors have, too."""

    def busy(self, body: Json) -> str:
        """What it says where it is to be asked again; empty where it is not."""
        told = self.success
        return self._told(body, told) if told is not None and _says(body, told.path, told.busy) else ""

    def sound(self, body: Json) -> None:
        """SourceChanged where it says that something is wrong, SourceUnreachable where it is busy."""
        told = self.success
        if told is None or _says(body, told.path, told.values):
            return
        if said := self.busy(body):
            raise SourceUnreachable(f"{self.where}: busy: {said}")
        wanted = ", ".join(map(repr, told.values))
        raise SourceChanged(
            f"{self.where}: {self._told(body, told)}; expected {wanted} at {told.path}; ask the "
            "department, or add what means success (or busy) to options.success"
        )

    def ended(self, body: Json, *, empty: bool) -> None:
        """Of what nobody declared: SourceChanged where no records come with an error, or not with the first code.

        Where it says nothing at all, it is the end.
        """
        found, before = self._heard(body), self._first
        words = dict(_around(body, self.records, ERROR_WORDS))
        if before is None:
            self._first, self._spoke, before = found, any(words.values()), codes(body, self.records)
        elif not found and not self._spoke:
            found = {path: text for path, text in words.items() if _bad(text)}
        if empty and self.success is None and found != before and (said := self.words(body)):
            had = ", ".join(f"{path} {self._cut(code)!r}" for path, code in before.items()) or "no such code"
            raise SourceChanged(
                f"{self.where}: an answer without records says {said}, the first one had "
                f"{had}: is it the end, or an error? declare options.success (path, values) in the contract"
            )

    def none(self, body: Json) -> bool:
        """Whether nothing in place of the records means that there are none: the answer says that all is well."""
        if not _nothing(body, self.records):
            return False
        return self.success is not None or (bool(self._first) and self._heard(body) == self._first)

    def words(self, body: Json) -> str:
        """Codes, errors and words that stand around the records, without secrets; empty where none do."""
        heard = self._heard(body)
        said = [f"{path} {self._cut(code)!r}" for path, code in heard.items()]
        messages = (one for one in _messages(body, self.records) if one not in heard.values())
        return ", ".join([*said, *(repr(self._cut(one)) for one in messages)])

    def _heard(self, body: Json) -> dict[str, str]:
        """Dotted path -> what stands there, of codes, and of errors that hold something."""
        told = codes(body, self.records)
        errors = {
            path: text
            for path, value in _members(body, self.records, ERRORS)
            if (text := _wrong(value)) and (_own(value) or not _all_well(_beside(path, told)))
        }
        return told | errors

    def _told(self, body: Json, of: Success) -> str:
        code = _text(_at(body, of.path))
        words = _text(_at(body, of.message)) if of.message else next(_messages(body, of.path), "")
        said = f"found {repr(self._cut(code)) if code else 'nothing'} at {of.path}"
        return f"{said}, it says: {self._cut(words)!r}" if words else said

    def _cut(self, text: str) -> str:
        for secret in filter(None, self.secrets):
            text = masked(text, secret)
        return " ".join(text.split())[:SHOWN]


def _wrong(error: Json) -> str:
    """What an error says; empty where it is none: nothing, a word for it, or an object whose own code says well."""
    if _hollow(error) or _all_well(_own(error)):
        return ""
    return _bad(_text(error))


def _bad(text: str) -> str:
    """The text, unless it is a word for no error."""
    return "" if text.casefold() in (*WELL, "false", "none") else text


def _hollow(value: Json) -> bool:
    """Whether nothing stands in it, as in objects that programs fill with nothing beforehand."""
    if isinstance(value, dict | list):
        return all(map(_hollow, value.values() if isinstance(value, dict) else value))
    return value in _NOTHING


def _own(error: Json) -> dict[str, str]:
    """The codes in an error that is an object."""
    return {path: code for path, code in codes(error, "").items() if code}


def _beside(path: str, found: Mapping[str, str]) -> dict[str, str]:
    """The codes in the object that a path leads to a member of."""
    return {at: code for at, code in found.items() if at.rpartition(".")[0] == path.rpartition(".")[0]}


def _all_well(found: Mapping[str, str]) -> bool:
    """Whether there are codes, and each of them surely says that all is well."""
    told = ((path.rpartition(".")[2].casefold(), code.casefold()) for path, code in found.items())
    return bool(found) and all(code in WELL and name not in _DOUBTFUL.get(code, ()) for name, code in told)


def proposed(body: Json, records: str) -> dict[str, Proposal]:
    """The option `success` as an answer with records suggests it; empty where no code stands around them."""
    path, code = next(iter(codes(body, records).items()), ("", ""))
    return {"success": proposal({"path": path}, code)} if path else {}


def proposal(where: Mapping[str, str], code: str) -> Proposal:
    """The option with a code that came with records."""
    why = f"an answer with records says {where['path']} {code!r}; add what else means success"
    return Proposal({**where, "values": [code]}, why, certain=code.casefold() in WELL)


def codes(body: Json, records: str) -> dict[str, str]:
    """Dotted path -> code, of the members around the records that are called as codes are."""
    return dict(_around(body, records, CODES))


def _messages(body: Json, records: str) -> Iterator[str]:
    return (text for _, text in _around(body, records, MESSAGES) if text)


def _around(body: Json, path: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Single values under these names in every object on the way to the end of a path."""
    for name, value in _members(body, path, names):
        if not isinstance(value, dict | list) and value is not None:
            yield name, text_of(value) or ""


def _members(body: Json, path: str, names: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    """All that stands under these names there, by its dotted path."""
    before = ""
    for step in path.split("."):
        if not isinstance(body, dict):
            return
        for name, value in body.items():
            if name.casefold() in names:
                yield f"{before}{name}", value
        before, body = f"{before}{step}.", body.get(step)


def _says(body: Json, path: str, values: tuple[str, ...]) -> bool:
    """Whether one of these values stands at a path; an object or a list is none of them."""
    found = _at(body, path)
    return not isinstance(found, dict | list) and (text_of(found) or "") in values


def _at(body: Json, path: str) -> Json:
    """What stands at a path, or under it as a name; None for nothing.

    What stands on the way and is no object is what an error may be: it counts, as a list.
    """
    if not isinstance(body, dict):
        return None
    for step in (path,) if path in body else path.split("."):
        if not isinstance(body, dict):
            return body if isinstance(body, list) else [body]
        body = body.get(step)
        if body in _NOTHING:
            return None
    return body


def _text(found: Json) -> str:
    return whole(json.dumps(found, ensure_ascii=False)) if isinstance(found, dict | list) else text_of(found) or ""


def _nothing(body: Json, path: str) -> bool:
    """Whether null, or what PHP makes of nothing (`[]`, `{}`, `""`), stands at the end of a path, or on the way."""
    for step in path.split(".") if path else ():
        if not isinstance(body, dict) or step not in body:
            return False
        body = body[step]
        if body in _NOTHING:
            return True
    return body is None
