"""Actions that CKAN's clients ask for on their way: groups, tags, who one is; and those that would write, refused."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import Field

from api.ckan.asking import Loose, TheActionCall, told
from api.ckan.catalogue import Of, Page
from api.ckan.envelope import done
from catalog.search import Wanted
from schemas.errors import Refused, Unidentified, Unknown

READ_ONLY = "CKAN_READ_ONLY"
WRITING = (
    *("package_create", "package_update", "package_patch", "package_delete", "package_revise"),
    *("resource_create", "resource_update", "resource_patch", "resource_delete"),
    *("organization_create", "organization_update", "organization_delete"),
    *("group_create", "group_update", "group_delete", "datastore_create", "datastore_upsert", "datastore_delete"),
)
"""Actions of CKAN that change something."""


class Tags(Page):
    """What `tag_list` may be asked."""

    query: str = Field("", max_length=200, description="Only tags that hold this")
    all_fields: bool = Field(False, description="Whole tags in place of their names")


class WhichUser(Loose):
    """Oneself, or nobody."""

    id: str = Field("", max_length=200, description="The caller's own system; left out, the same")


def group_list(call: TheActionCall, page: Annotated[Page, Depends(told(Page))]) -> Response:
    """Groups: there are none, topics are tags and departments are organizations."""
    del page
    return done(call.request, [])


def group_show(call: TheActionCall, wanted: Annotated[Of, Depends(told(Of))]) -> Response:
    """A group: there is none."""
    del call, wanted
    raise Unknown("there are no groups here: topics are tags, departments are organizations")


def tag_list(call: TheActionCall, wanted: Annotated[Tags, Depends(told(Tags))]) -> Response:
    """Topics of the datasets that the caller may know of, by name."""
    found = call.desk.shelf.catalogue.search(Wanted(facets=("topic",), limit=0, values=None), call.subject, call.now)
    names = sorted(name for name, count in found.facets["topic"] if count and wanted.query in name)
    part = names[wanted.offset : None if wanted.limit is None else wanted.offset + wanted.limit]
    if not wanted.all_fields:
        return done(call.request, part)
    return done(call.request, [{"id": name, "name": name, "display_name": name} for name in part])


def user_show(call: TheActionCall, wanted: Annotated[WhichUser, Depends(told(WhichUser))]) -> Response:
    """The caller: the system, and the person where one acts; nobody else is told of."""
    subject = call.subject
    if subject.public:
        raise Unidentified("user_show tells a caller who they are: send a credential")
    if wanted.id not in ("", subject.system, subject.person):
        raise Unknown("no user of this id that you may know of; each caller is told of themselves alone")
    name = subject.person or subject.system
    told_of = {
        "id": name,
        "name": name,
        "display_name": subject.organisation_name,
        "fullname": subject.organisation_name,
    }
    return done(call.request, told_of | {"state": "active", "sysadmin": False})


def refused(name: str) -> Response:
    """What would change the catalogue from outside of its own way is not done here."""
    raise Refused(
        f"{name}: datasets enter this catalogue by entry, contract and review, not through CKAN's API",
        code=READ_ONLY,
        gate="",
        following="POST package_create as a catalogue keeper begins a draft; go on at its page under /entries",
    )
