"""Who owns what is drafted: as the catalogue or a contract beside it knows; else a person must say."""

from pathlib import Path

from catalog import database
from catalog.organisations import organisation
from cli.door import Door
from cli.drafting.text import Owner
from schemas.errors import NotReady, Unknown, YishuError
from schemas.index import read_index


def owner_of(door: Door, code: str, department: str) -> Owner | None:
    """The organisation of that code, else the owner of the department's other contracts; None where nobody knows."""
    if code:
        return _registered(door, code) or _compiled(door, code, "") or Owner(code, "TODO its name", "TODO 12 digits")
    return _compiled(door, "", department)


def _registered(door: Door, code: str) -> Owner | None:
    url = door.settings.database_url
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).is_file():
        return None
    engine = database.connect(url)
    try:
        database.require_current(engine)
        with engine.connect() as connection:
            known = organisation(connection, code)
            return Owner(known.credit_code, known.name, known.division)
    except (NotReady, Unknown, *database.UNAVAILABLE):
        return None
    finally:
        engine.dispose()


def _compiled(door: Door, code: str, department: str) -> Owner | None:
    try:
        others = read_index(door.settings.registry).values()
    except YishuError:
        return None
    for one in others:
        if (code and one.owner == code) or (department and one.department == department):
            why = "" if code else f"as in {one.key}"
            return Owner(one.owner, one.owner_name, one.division, why)
    return None
