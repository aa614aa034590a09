"""Files of Delta Sharing: cut for one caller, fetched by a signed link, decided anew whenever they are fetched."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.caller import Call
from api.delta.lines import File
from api.desk import Desk
from catalog.lake.where import desk as on_desk
from catalog.rows.cut import Cut, cut
from catalog.rows.reader import RowReader
from schemas.access import Ask, Decision, Mode

LIFE = timedelta(hours=1)
"""How long a link opens; a client that loads a large table fetches its last file late, and does not ask again."""
SIGNATURE = "X-Amz-Signature"
"""The kernel of the real client fetches over HTTP only what bears one of a few names of signatures; this is one."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a signed link says; it is sealed, so that nobody reads or alters it."""

    credential: str
    dataset: str
    version: int
    purpose: str
    grant: str
    part: int
    """Which of the files, from 0."""
    limit: int | None
    """Rows that were asked for at most, where that chose the files."""
    receipt: str
    since: int | None = None
    """For a file of changes the version before, 0 for none; None for a file of rows."""


def parts(reader: RowReader, limit: int | None) -> Iterator[RowReader]:
    """A reader for each file of the answer: one for each file of the version, or for a hint few row groups."""
    if limit is None:
        yield from (replace(reader, files=(file,)) for file in reader.files)
        return
    left = limit
    for one in reader.parts():
        if left <= 0:
            return
        yield one
        left -= sum(group.rows for file in one.files for group in file.groups)


def cuts(
    desk: Desk, decision: Decision, limit: int | None, now: datetime, only: int | None = None
) -> Iterator[tuple[int, str, Cut]]:
    """Number, id and file of each part that holds a row. One content has one id for each recipient."""
    reader = desk.shelf.open_rows(decision)
    for number, part in enumerate(parts(reader, limit)):
        if only not in (None, number):
            continue
        made = cut(part, folder(desk), plan(desk, decision, part), now)
        if made is not None:
            yield number, file_id(desk, decision, made), made


def folder(desk: Desk) -> Path:
    """Where files lie that had to be made."""
    return on_desk(desk.shelf.lake) / "cuts"


def file_id(desk: Desk, decision: Decision, made: Cut) -> str:
    """One content has one id for each recipient."""
    return desk.seal.tag([*_whose(decision), made.digest], purpose="file id")


def _whose(decision: Decision) -> list[Any]:
    return [decision.ask.dataset, decision.basis, decision.grant, decision.ask.subject.organisation]


def plan(desk: Desk, decision: Decision, part: RowReader) -> str:
    """32 hex digits that stand for all that the rows of one part depend on.

    That is the version, the scope and the tree that it is looked up in, the columns and how, the row groups.
    """
    told: list[Any] = [
        [*_whose(decision), decision.version],
        [(d.name, d.transform, d.recipe) for d in part.disguises],
        [part.scope.column, part.scope.divisions, part.scope.at, part.scope.keys, part.scope.filter],
        [part.scope.key_columns, part.scope.roster, part.places.tree.digest if part.places else ""],
        [(file.part.sha256, [group.index for group in file.groups]) for file in part.files],
    ]
    return desk.seal.tag(told, purpose="cut")


def file_of(call: Call, link: Link, made: tuple[int, str, Cut]) -> File:
    """The file as the client is told of it."""
    number, name, content = made
    until = call.now + LIFE
    told = replace(link, part=number)
    said = [getattr(told, slot) for slot in Link.__slots__]
    sealed = call.desk.seal.close(said, purpose="file", bound=name, until=until)
    base = str(call.request.base_url).rstrip("/")
    url = f"{base}/delta-sharing/files/{name}.parquet?{SIGNATURE}={sealed}"
    return File(name, url, content.size, content.rows, int(until.timestamp() * 1000))


def asked_again(desk: Desk, link: Link, now: datetime) -> Ask:
    """The ask that the link was made for, put now; Unidentified where its credential is no longer in force.

    It takes no read off a quota: the query that named the file has done so.
    """
    subject = desk.shelf.parties.subject_of(link.credential, now)
    mode = Mode.BULK if link.since is None else Mode.DELTA
    return Ask(subject, link.dataset, mode, link.purpose, now, grant=link.grant, reads=0)


def opened(desk: Desk, name: str, sealed: str, now: datetime) -> Link:
    """The link that was sealed for this very file; BadAsk where it was altered or has run out."""
    return Link(*desk.seal.open(sealed, purpose="file", bound=name, now=now))
