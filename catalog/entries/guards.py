"""What an act on an entry needs beyond its state: the right person of the right body, four eyes, a clean self-check."""

from datetime import datetime

from sqlalchemy import Connection

from catalog import duties
from catalog.entries import book
from catalog.entries.book import Version
from catalog.entries.sight import Sight
from catalog.mending.renewals import grantees
from schemas.access import Role
from schemas.entry_life import NEXT, Act, Action, Move
from schemas.entry_lint import errors, self_check
from schemas.errors import BadInput, Refused
from schemas.journey import SHANGHAI

NOT_YOUR_ENTRY = "NOT_YOUR_ENTRY"
SAME_PERSON = "SAME_PERSON"


def may(looks: Sight, version: Version) -> tuple[Action, ...]:
    """What this asker may try now; what stands against it in the entry itself is told when they do."""
    return tuple(action for action, one in NEXT[version.state].items() if one.role and _fits(looks, version, one))


def guard(connection: Connection, looks: Sight, version: Version, act: Act, now: datetime) -> None:
    """Pass, or Refused to the wrong person, or BadInput where the entry is not ready for it."""
    found = NEXT[version.state].get(act.action) or _any(act.action)
    if found.role is None:
        raise BadInput(f"{act.action.value} follows from an act on the other version; nobody does it by itself")
    duties.require(looks.subject, found.role)
    if not _fits(looks, version, found):
        raise Refused(
            f"entry {version.id} is not for your organisation to {act.action.value}: {_whose(found.role)}",
            code=NOT_YOUR_ENTRY,
            gate=duties.GATE,
            following="ask the department that provides it, or the data administration of its division",
        )
    _four_eyes(looks, version, act)
    today = now.astimezone(SHANGHAI).date()
    if act.action in (Action.CHECK, Action.SUBMIT, Action.APPROVE, Action.PUBLISH):
        _clean(connection, version, now)
    if act.action is Action.PUBLISH:
        _one_code(connection, version)
    if act.action is Action.RETIRE:
        if version.ends is None or today < version.ends:
            raise BadInput(f"it ends on {version.ends}: found {today}, expected that day or later")
        _no_grants(connection, version, now)


def _fits(looks: Sight, version: Version, one: Move) -> bool:
    """Keepers of the department and of its data administration, reviewers each of their own."""
    if one.role not in looks.subject.roles or not looks.works:
        return False
    own = bool(version.entry.provider) and version.entry.provider == looks.subject.organisation
    above = version.entry.division in looks.over
    return own if one.role is Role.SOURCE_REVIEWER else above if one.role is Role.AUTHORITY_REVIEWER else own or above


def _any(action: Action) -> Move:
    return next(moves[action] for moves in NEXT.values() if action in moves)


def _whose(role: Role) -> str:
    return {
        Role.SOURCE_REVIEWER: "the reviewer of the department that provides it decides",
        Role.AUTHORITY_REVIEWER: "the reviewer of the data administration of its division decides",
    }.get(role, "a keeper of the department that provides it, or of its data administration, may")


def _four_eyes(looks: Sight, version: Version, act: Act) -> None:
    """Nobody approves what they submitted, nor publishes what they approved for the department."""
    person = looks.subject.person
    before = {Action.APPROVE: (version.submitted_by,), Action.PUBLISH: (version.submitted_by, version.approved_by)}
    if person and person in before.get(act.action, ()):
        raise Refused(
            f"you had a hand in this version before; another person must {act.action.value} it",
            code=SAME_PERSON,
            gate=duties.GATE,
            following="leave it to a colleague in the same role",
        )


def _clean(connection: Connection, version: Version, now: datetime) -> None:
    """BadInput with every error that the self-check finds."""
    wrong = errors(self_check(version.entry, now.astimezone(SHANGHAI).date()))
    told = [f"{one.rule} {one.where}: {one.said[0]} {one.said[1]} 改为 write: {one.fix[0]}" for one in wrong]
    told += [
        f"duplicate-title title: 与条目 {other.id}“{other.entry.title}”重名 the title is that of entry {other.id}"
        for other in book.namesakes(connection, version.entry, version.id)
    ]
    if told:
        raise BadInput(f"the self-check found {len(told)} errors: " + "; ".join(told))


def _one_code(connection: Connection, version: Version) -> None:
    other = book.of_code(connection, version.entry.code) if version.entry.code else None
    if other is not None and other.id != version.id:
        raise BadInput(f"code: {version.entry.code} is that of entry {other.id} already; every code once")


def _no_grants(connection: Connection, version: Version, now: datetime) -> None:
    """A grant that is not over, suspended ones too, keeps the entry."""
    held = grantees(connection, version.entry.dataset, now) if version.entry.dataset else ()
    if held:
        names = ", ".join(f"{name} {code}" for code, name in held)
        raise BadInput(
            f"{len(held)} organisations hold grants on {version.entry.dataset} that are not over ({names}): "
            "expected none; let them run out or end them first"
        )
