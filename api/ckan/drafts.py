"""`package_create`: what a CKAN client would publish begins as the draft of a catalogue entry, unseen by others.

Title and notes are all that CKAN's words and the guide's form have in common; what is missing is filled in and reviewed
on the entry's page. A package with the extra `secret` is refused like any secret entry.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import Field

from api.caller import Call
from api.ckan.asking import Loose, TheActionCall, told
from api.ckan.envelope import done
from api.entries import entry_of
from catalog import duties
from catalog.entries import book, desk
from schemas.access import Role
from schemas.dataset import Json
from schemas.entry import Entry
from schemas.errors import BadAsk


class Package(Loose):
    """What `package_create` reads of a package."""

    title: str = Field(max_length=200, description="信息资源名称")
    notes: str = Field("", max_length=5000, description="信息资源摘要")
    extras: list[dict[str, Json]] = Field(default_factory=list, max_length=100, description="Only `secret` is read")


def package_create(call: TheActionCall, wanted: Annotated[Package, Depends(told(Package))]) -> Response:
    """Begin the draft of a catalogue entry, as a catalogue keeper; it is no package before its review."""
    duties.require(call.subject, Role.CATALOGUE_KEEPER)
    secret = [one.get("value") for one in wanted.extras if one.get("key") == "secret"]
    entry = entry_of(call, {"title": wanted.title, "abstract": wanted.notes, "secret": secret[0] if secret else False})
    _not_twice(call, entry)
    made = desk.create(call.desk.shelf, call.subject, entry, call.now)
    name, base = f"entry-{made.id}", str(call.request.base_url).rstrip("/")
    draft: dict[str, Json] = {
        "id": name,
        "name": name,
        "title": made.entry.title,
        "notes": made.entry.abstract,
        "type": "dataset",
        "state": "draft",
        "private": True,
        "author": made.entry.provider_name,
        "resources": [],
        "url": f"{base}/entries/{made.id}",
    }
    return done(call.request, draft)


def _not_twice(call: Call, entry: Entry) -> None:
    """A client that asks again finds what it began."""
    mine = replace(entry, provider=call.subject.organisation)
    with call.desk.shelf.engine.connect() as connection:
        found = [one for one in book.namesakes(connection, mine) if one.entry.provider == call.subject.organisation]
    if found:
        raise BadAsk(f"title: {entry.title[:80]!r} is an entry of your organisation already: /entries/{found[0].id}")
