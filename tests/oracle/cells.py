"""May this credential see this cell, and how? A second decider, written from the access rule's page alone.

It shares no line with `catalog/`: places are a table written by hand instead of a tree, and each sentence of the
page is one question about one cell of one row. Slow, literal, and meant to be read beside the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.access import Ask, Consent, Grant, Roster, Standing
from schemas.dataset import Dataset, Field, Transform

SHANDONG, ZAOZHUANG, JINAN, JIANGSU, XUZHOU = (
    "370000000000",
    "370400000000",
    "370100000000",
    "320000000000",
    "320300000000",
)
SHIZHONG, SHANTING, TONGSHAN, LAIWU = "370402000000", "370406000000", "320312000000", "370116000000"
TOWN, VILLAGE, GRID = "370402001000", "370402001001", "370402001001001"
SPLIT, OLD_CITY = "370499000000", "371200000000"

LIES_IN: Mapping[str, frozenset[str]] = {
    SHANDONG: frozenset({SHANDONG}),
    ZAOZHUANG: frozenset({ZAOZHUANG, SHANDONG}),
    JINAN: frozenset({JINAN, SHANDONG}),
    SHIZHONG: frozenset({SHIZHONG, ZAOZHUANG, SHANDONG}),
    SHANTING: frozenset({SHANTING, ZAOZHUANG, SHANDONG}),
    LAIWU: frozenset({LAIWU, JINAN, SHANDONG}),
    OLD_CITY: frozenset({OLD_CITY, SHANDONG}),
    SPLIT: frozenset({SPLIT, ZAOZHUANG, SHANDONG}),
    TOWN: frozenset({TOWN, SHIZHONG, ZAOZHUANG, SHANDONG}),
    VILLAGE: frozenset({VILLAGE, TOWN, SHIZHONG, ZAOZHUANG, SHANDONG}),
    GRID: frozenset({GRID, VILLAGE, TOWN, SHIZHONG, ZAOZHUANG, SHANDONG}),
    JIANGSU: frozenset({JIANGSU}),
    XUZHOU: frozenset({XUZHOU, JIANGSU}),
    TONGSHAN: frozenset({TONGSHAN, XUZHOU, JIANGSU}),
}
"""Place -> every place it lies in on the day of the tests (November 2026)."""

SPELLINGS: Mapping[str, str] = {
    **{place: place for place in LIES_IN},
    "37": SHANDONG,
    "3704": ZAOZHUANG,
    "370400": ZAOZHUANG,
    "3701": JINAN,
    "370402": SHIZHONG,
    "370406": SHANTING,
    "370402001": TOWN,
    "370402001001000": VILLAGE,
    "370116": LAIWU,
    "371202": LAIWU,
    "371202000000": LAIWU,
    "370499": SPLIT,
    "320312": TONGSHAN,
}
"""Every spelling that the tests use -> the place that it means now. 371202 莱城区 became 370116 莱芜区 in 2018."""

RESERVED = ("own_duty", "data_return", "open_use")
CLOSED_LIST = (
    "social_assistance", "public_service", "administrative_licence", "market_supervision", "credit_supervision",
    "public_health", "grassroots_governance", "statistics", "emergency", *RESERVED,
)  # fmt: skip
LOTS = ("bulk", "delta", "file")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that one answer depends on, but the places."""

    ask: Ask
    dataset: Dataset
    grants: tuple[Grant, ...]
    standing: Standing
    consents: tuple[Consent, ...] | Roster = ()
    crowd: frozenset[str] = frozenset()
    """Who stands in the roster, where the consents are one."""


def cell(scene: Scene, row: Mapping[str, str], column: str) -> Transform | None:
    """How this cell leaves; None where it does not."""
    ask, dataset = scene.ask, scene.dataset
    field = next(f for f in dataset.fields if f.name == column)
    asked = ask.columns == () or column in ask.columns
    if not (asked and _served_at_all(ask, dataset, scene.standing) and _is_the_subject(ask, row)):
        return None
    if ask.filter is not None and not _passes_filter(scene, row):
        return None
    answer = {"own_duty": _owner_cell, "open_use": _open_cell, "data_return": _returned_cell, "grant": _granted_cell}
    answer["superior"] = _counted_cell
    basis = _what_is_said(ask, dataset)
    return answer[basis](scene, row, field) if basis in answer else None


def _passes_filter(scene: Scene, row: Mapping[str, str]) -> bool:
    """The tests filter by one value of one item; it must be one that this asker may have in clear."""
    unfiltered = replace(scene, ask=replace(scene.ask, filter=None, columns=()))
    name, value = scene.ask.filter["column"], scene.ask.filter["value"]
    known = name in [f.name for f in scene.dataset.fields]
    return known and cell(unfiltered, row, name) is Transform.CLEAR and row[name] == value


def _served_at_all(ask: Ask, dataset: Dataset, standing: Standing) -> bool:
    subject = ask.subject
    active = (
        subject.credential_active
        and subject.organisation_active
        and (subject.system == "" or subject.organisation != "")
    )
    published = standing.published and standing.version > 0 and not standing.held_back
    if not (active and published and ask.dataset == dataset.key):
        return False
    if ask.mode.value == "verify":
        key = ask.key or {}
        parts = list(dataset.subject_key) or [f.name for f in dataset.fields if f.key]
        return (
            ask.case.strip() != ""
            and parts != []
            and sorted(key) == sorted(parts)
            and all(v.strip() for v in key.values())
        )
    return True


def _is_the_subject(ask: Ask, row: Mapping[str, str]) -> bool:
    return ask.mode.value != "verify" or all(row[name] == value for name, value in (ask.key or {}).items())


def _what_is_said(ask: Ask, dataset: Dataset) -> str:
    """Which basis an ask stands on, as a word: a named basis or number first, then the purpose, then what is least."""
    if ask.basis is not None:
        words = {"owner": "own_duty", "open": "open_use", "return": "data_return"}
        word = words.get(ask.basis.value, ask.basis.value)
        return "nothing" if ask.grant and word != "grant" else word
    if ask.grant or ask.purpose in RESERVED:
        return "grant" if ask.grant else ask.purpose
    if ask.mode.value == "aggregate":
        return "superior"
    if ask.purpose == "":
        if dataset.sharing.value == "open":
            return "open_use"
        return "own_duty" if _is_owner(ask, dataset) else "grant"
    return "grant"


def _is_owner(ask: Ask, dataset: Dataset) -> bool:
    return ask.subject.system != "" and ask.subject.organisation == dataset.owner


def _owner_cell(scene: Scene, row: Mapping[str, str], field: Field) -> Transform | None:
    ask, dataset = scene.ask, scene.dataset
    if not _is_owner(ask, dataset) or ask.purpose not in ("", "own_duty") or not _mode_of_tier(ask):
        return None
    clear = _grade_allows(ask, field) and _asked_place(ask, row, _main_place(dataset))
    return Transform.CLEAR if clear else None


def _counted_cell(scene: Scene, row: Mapping[str, str], field: Field) -> Transform | None:
    """What goes into figures for a superior; as a cell it leaves in no mode."""
    ask, dataset, subject = scene.ask, scene.dataset, scene.ask.subject
    if ask.mode.value != "aggregate" or ask.purpose not in CLOSED_LIST or ask.purpose in RESERVED:
        return None
    above = subject.system != "" and subject.government and subject.tier.value in (1, 2, 3, 4)
    if not above or dataset.sharing.value == "withheld" or not _lower_than(dataset.division, subject.division):
        return None
    place = _main_place(dataset)
    if place == "" or not _lies_in(row[place], subject.division) or not _asked_place(ask, row, place):
        return None
    points = field.identifying.value != "none" or field.transform is not Transform.CLEAR
    return Transform.CLEAR if field.shareable and not points and _grade_allows(ask, field) else None


def _returned_cell(scene: Scene, row: Mapping[str, str], field: Field) -> Transform | None:
    ask, dataset, subject = scene.ask, scene.dataset, scene.ask.subject
    collected = [f.name for f in dataset.fields if f.scope is not None and f.scope.value == "collected_by"]
    if ask.mode.value == "aggregate":
        return None
    if ask.purpose != "data_return" or dataset.sharing.value == "withheld" or not collected or not _mode_of_tier(ask):
        return None
    lower = subject.system != "" and subject.government and subject.tier.value != 1
    if not lower or not _lower_than(subject.division, dataset.division):
        return None
    mine = _lies_in(row[collected[0]], subject.division) and _asked_place(ask, row, collected[0])
    return Transform.CLEAR if mine and _grade_allows(ask, field) else None


def _open_cell(scene: Scene, row: Mapping[str, str], field: Field) -> Transform | None:
    ask, dataset = scene.ask, scene.dataset
    if dataset.sharing.value != "open" or ask.purpose not in ("", "open_use") or ask.mode.value not in dataset.modes:
        return None
    if not _anonymous(dataset, scene.standing) or field.grade.value != 1 or not field.shareable:
        return None
    if not _asked_place(ask, row, _main_place(dataset)) or not _consented(scene, "open_use", row):
        return None
    return None if field.transform is Transform.DROP else field.transform


def _anonymous(dataset: Dataset, standing: Standing) -> bool:
    people = [f for f in dataset.fields if f.grade.value == 1 and f.shareable and f.identifying.value != "none"]
    if dataset.subject_kind == "enterprise" or not people:
        return True
    return standing.smallest_group is not None and standing.smallest_group >= 5


def _granted_cell(scene: Scene, row: Mapping[str, str], field: Field) -> Transform | None:
    ask, dataset, k = scene.ask, scene.dataset, scene.standing.smallest_group
    if ask.mode.value == "aggregate":
        return None
    good = [g for g in scene.grants if _is_good(g, ask, dataset)]
    if ask.subject.system == "" or dataset.sharing.value == "withheld" or (k is not None and k < 5) or len(good) != 1:
        return None
    grant = good[0]
    if not field.shareable or (grant.columns and field.name not in grant.columns):
        return None
    row_leaves = _row_granted(ask, dataset, grant, row) and _consented(scene, grant.purpose, row)
    if not row_leaves or not _mode_of_tier(ask) or not _grade_allows(ask, field):
        return None
    strictest = max(field.transform, grant.transforms.get(field.name, Transform.CLEAR), _of_tier(ask, field))
    return None if strictest is Transform.DROP else strictest


def _is_good(grant: Grant, ask: Ask, dataset: Dataset) -> bool:
    """Whether this very grant, alone, answers this ask."""
    return all((
        grant.organisation == ask.subject.organisation,
        grant.dataset == dataset.key,
        grant.systems == () or ask.subject.system in grant.systems,
        ask.grant in ("", grant.number),
        grant.purpose == ask.purpose,
        grant.purpose in CLOSED_LIST,
        grant.purpose not in RESERVED,
        ask.mode in grant.modes,
        grant.state.value == "active",
        _between(grant.start, ask.moment, grant.end),
        grant.quota is None or grant.quota >= 1,
    ))  # fmt: skip


def _between(start: datetime, moment: datetime, end: datetime) -> bool:
    return start.timestamp() <= moment.timestamp() and moment.timestamp() < end.timestamp()


def _row_granted(ask: Ask, dataset: Dataset, grant: Grant, row: Mapping[str, str]) -> bool:
    if grant.row_filter is not None and row[grant.row_filter["column"]] != grant.row_filter["value"]:
        return False
    column = _main_place(dataset)
    if grant.divisions or grant.scope is not None:
        column = next((f.name for f in dataset.fields if f.scope is not None and f.scope == grant.scope), "nowhere")
    if column == "nowhere" or not _asked_place(ask, row, column):
        return False
    if grant.divisions and not any(_lies_in(row[column], d) for d in grant.divisions):
        return False
    if ask.mode.value in LOTS and ask.subject.tier.value >= 3:
        return _lies_in(row[column], ask.subject.division) if column else dataset.subject_kind == ""
    return True


def _consented(scene: Scene, purpose: str, row: Mapping[str, str]) -> bool:
    if not scene.dataset.consent:
        return True
    person = next(f.name for f in scene.dataset.fields if f.element == "resident_id")
    if scene.ask.mode.value == "verify" and person not in (scene.ask.key or {}):
        return False
    if isinstance(scene.consents, Roster):
        return _in_roster(scene, scene.consents, purpose) and row[person] in scene.crowd
    for one in scene.consents:
        to_us = one.organisation == scene.ask.subject.organisation
        begun = one.since is None or not one.since > scene.ask.moment
        for_this = one.dataset in ("", scene.ask.dataset)
        goes_on = one.until > scene.ask.moment
        if one.key == row[person] and to_us and one.purpose == purpose and begun and goes_on and for_this:
            return True
    return False


def _in_roster(scene: Scene, roster: Roster, purpose: str) -> bool:
    """A roster never speaks of one person, and only of its own organisation, dataset, purpose and stretch of time."""
    if scene.ask.mode.value == "verify" or roster.persons == 0:
        return False
    if roster.organisation != scene.ask.subject.organisation or roster.purpose != purpose:
        return False
    if roster.dataset != scene.ask.dataset or roster.since > scene.ask.moment:
        return False
    return roster.until is None or roster.until > scene.ask.moment


def _grade_allows(ask: Ask, field: Field) -> bool:
    """General 1–4 by clearance; important for city and province, never as a file; core for nobody."""
    grade, tier = field.grade.value, ask.subject.tier.value
    if grade == 6 or grade > ask.subject.clearance.value:
        return False
    return grade <= 4 or (tier <= 2 and ask.mode.value != "file")


def _mode_of_tier(ask: Ask) -> bool:
    return ask.subject.tier.value <= 4 or ask.mode.value in ("query", "verify")


def _of_tier(ask: Ask, field: Field) -> Transform:
    tier = ask.subject.tier.value
    is_id = field.element == "resident_id" or (
        field.element is None and field.key > 0 and field.identifying.value == "direct"
    )
    is_phone = field.element in ("mobile", "telephone")
    if tier in (5, 6) and (is_id or is_phone):
        return Transform.MASK
    return Transform.MASK if tier == 4 and ask.mode.value in LOTS and is_id else Transform.CLEAR


def _main_place(dataset: Dataset) -> str:
    places = [f.name for f in dataset.fields if f.scope is not None]
    return dataset.default_scope or (places[0] if places else "")


def _asked_place(ask: Ask, row: Mapping[str, str], column: str) -> bool:
    return ask.division == "" or (column != "" and _lies_in(row[column], ask.division))


def _lies_in(place: str, root: str) -> bool:
    if place not in SPELLINGS or root not in SPELLINGS:
        return False
    return SPELLINGS[root] in LIES_IN[SPELLINGS[place]]


def _lower_than(division: str, root: str) -> bool:
    return _lies_in(division, root) and not _lies_in(root, division)
