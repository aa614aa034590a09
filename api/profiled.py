"""What a caller may be told of a profile: the columns they may see clear, and only where every row is open to them."""

from dataclasses import dataclass

from catalog.access import owns
from catalog.shelf import Shelf
from schemas.access import Decision, Mode
from schemas.dataset import Dataset, Json, Transform
from schemas.linkage import Linkage
from schemas.profile import QUANTILES, ColumnProfile, Profile, Share


@dataclass(frozen=True, slots=True)
class Told:
    """A profile cut to one decision. Nothing stands here that the decision would not let its asker count themselves."""

    version: int | None
    window: str = ""
    rows: int | None = None
    columns: tuple[ColumnProfile, ...] = ()
    linkage: Linkage | None = None
    """Of the whole version; for the owner alone."""


NOTHING = Told(None)


def told(shelf: Shelf, dataset: Dataset, decision: Decision) -> Told:
    """What this decision lets its asker know of the version that it is on; a refused one lets them know nothing.

    Figures are about all rows: who may have those of one division alone, or may only look rows up, gets none. Columns
    that are not clear to the asker are left out; the owner has every column clear, and of those that point at somebody
    only counts exist.
    """
    if not every_row(decision):
        return NOTHING
    profile = shelf.profile(dataset.key, decision.version)
    if profile is None:
        return NOTHING
    clear = {view.name for view in decision.columns if view.transform is Transform.CLEAR}
    columns = tuple(one for one in profile.columns if one.name in clear)
    return _cut(shelf, dataset, decision, profile, columns)


def _cut(
    shelf: Shelf, dataset: Dataset, decision: Decision, profile: Profile, columns: tuple[ColumnProfile, ...]
) -> Told:
    risk = None
    if owns(decision.ask.subject, dataset):
        risk = next((v.linkage for v in shelf.versions(dataset.key) if v.number == decision.version), None)
    return Told(decision.version, profile.window, profile.rows, columns, risk)


def every_row(decision: Decision) -> bool:
    """Whether this decision lets its asker take every row at once."""
    rows = decision.rows
    if not decision.allowed or decision.ask.mode is not Mode.BULK:
        return False
    return rows is not None and not rows.divisions and rows.keys is None and rows.filter is None and not rows.roster


def profile_facts(told: Told) -> dict[str, Json]:
    """As the API answers it."""
    facts: dict[str, Json] = {
        "version": told.version,
        "window": told.window or None,
        "rows": told.rows,
        "columns": [column_facts(one) for one in told.columns],
    }
    return facts | ({"linkage": linkage_facts(told.linkage)} if told.linkage else {})


def column_facts(one: ColumnProfile) -> dict[str, Json]:
    """One column; of a masked one its counts."""
    facts: dict[str, Json] = {"name": one.name, "nulls": one.nulls, "distinct": one.distinct, "masked": one.masked}
    if one.masked:
        return facts
    return facts | {
        "min": one.least or None,
        "max": one.greatest or None,
        "quantiles": {str(at): value for at, value in zip(QUANTILES, one.quantiles, strict=False)},
        "top": shares(one.top),
        "lengths": shares(one.lengths),
        "patterns": shares(one.patterns),
    }


def linkage_facts(risk: Linkage) -> dict[str, Json]:
    """How well the rows hide a person."""
    return {
        "smallest_group": risk.smallest_group,
        "diversity": risk.diversity,
        "told_apart": list(risk.told_apart),
        "sensitive": list(risk.sensitive),
    }


def shares(some: tuple[Share, ...]) -> list[Json]:
    """Values with their rows."""
    return [{"value": share.value, "rows": share.rows} for share in some]
