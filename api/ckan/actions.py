"""The actions by their names, under both of CKAN's roots, by GET and POST."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.asked import Query, documented
from api.ckan.asking import Loose, TheActionCall, told
from api.ckan.catalogue import (
    Find,
    Of,
    Organisations,
    Page,
    organization_list,
    organization_show,
    package_list,
    package_search,
    package_show,
    resource_show,
    site_read,
    status_show,
)
from api.ckan.datastore import datastore_search
from api.ckan.drafts import package_create
from api.ckan.envelope import ROOTS, done
from api.ckan.others import WRITING, Tags, WhichUser, group_list, group_show, refused, tag_list, user_show
from api.ckan.search import Search
from schemas.errors import Unknown

router = APIRouter(tags=["ckan"])


class Named(Loose):
    """What `help_show` is asked."""

    name: str


def help_show(call: TheActionCall, wanted: Annotated[Named, Depends(told(Named))]) -> Response:
    """What an action does."""
    if wanted.name not in ACTIONS:
        raise _no_action(wanted.name)
    return done(call.request, ACTIONS[wanted.name][0].__doc__)


ACTIONS: Mapping[str, tuple[Callable[..., Response], type[Query]]] = {
    "status_show": (status_show, Loose),
    "site_read": (site_read, Loose),
    "help_show": (help_show, Named),
    "package_list": (package_list, Page),
    "package_show": (package_show, Of),
    "package_search": (package_search, Find),
    "resource_show": (resource_show, Of),
    "organization_list": (organization_list, Organisations),
    "organization_show": (organization_show, Of),
    "group_list": (group_list, Page),
    "group_show": (group_show, Of),
    "group_package_show": (group_show, Of),
    "tag_list": (tag_list, Tags),
    "user_show": (user_show, WhichUser),
    "datastore_search": (datastore_search, Search),
}
"""Name -> what does it, and what it may be asked."""


def no_action(name: str) -> Response:
    """Whatever else CKAN can do is not served here; what would write says why not."""
    if name in WRITING:
        return refused(name)
    raise _no_action(name)


def _no_action(name: str) -> Unknown:
    return Unknown(f"action {name[:40]!r} is not served here; expected one of {', '.join(ACTIONS)}")


for _root in ROOTS:
    for _name, (_action, _asked) in ACTIONS.items():
        for _method in ("GET", "POST"):
            router.add_api_route(
                f"{_root}/{_name}",
                _action,
                methods=[_method],
                name=f"ckan {_method} {_root}/{_name}",
                summary=f"CKAN: {_name}",
                openapi_extra=documented(_asked),
                include_in_schema=_root == ROOTS[0],
                response_model=None,
            )
    router.add_api_route(
        f"{_root}/package_create",
        package_create,
        methods=["POST"],
        name=f"ckan POST {_root}/package_create",
        summary="CKAN: package_create",
        include_in_schema=_root == ROOTS[0],
        response_model=None,
    )
    router.add_api_route(
        f"{_root}/{{name}}", no_action, methods=["GET", "POST"], include_in_schema=False, response_model=None
    )
