"""The profile on a dataset's page: bars that the server draws, column by column."""

from collections.abc import Mapping

from api.language import pick
from api.profiled import Told
from schemas.dataset import Dataset, Json
from schemas.profile import ColumnProfile, Share

SHOWN = 5
"""Values and patterns that the page draws; the API has all."""


def profile_shown(told: Told, dataset: Dataset, lang: str) -> Mapping[str, Json]:
    """What the template needs: figures as text, shares of rows as hundredths of a bar."""
    rows = told.rows or 0
    risk = told.linkage
    return {
        "profiled": [_column(one, dataset, rows, lang) for one in told.columns],
        "profiled_rows": f"{rows:,}",
        "profiled_window": told.window.replace("_", " – "),
        "linkage": {
            "k": "—" if risk.smallest_group is None else f"{risk.smallest_group:,}",
            "l": "—" if risk.diversity is None else f"{risk.diversity:,}",
            "over": _titles(risk.told_apart, dataset, lang),
            "of": _titles(risk.sensitive, dataset, lang),
        }
        if risk
        else None,
    }


def _titles(names: tuple[str, ...], dataset: Dataset, lang: str) -> str:
    fields = (dataset.field(name) for name in names if name in {f.name for f in dataset.fields})
    return ("、" if lang != "en" else ", ").join(pick(lang, f.title, f.title_en) for f in fields)


def _column(one: ColumnProfile, dataset: Dataset, rows: int, lang: str) -> Json:
    field = dataset.field(one.name)
    return {
        "name": one.name,
        "title": pick(lang, field.title, field.title_en),
        "masked": one.masked,
        "filled": bar(rows - one.nulls, rows),
        "distinct": f"{one.distinct:,}",
        "least": one.least,
        "greatest": one.greatest,
        "middle": one.quantiles[len(one.quantiles) // 2] if one.quantiles else "",
        "top": _bars(one.top, rows),
        "patterns": _bars(one.patterns, rows),
        "lengths": histogram(one.lengths),
    }


def _bars(some: tuple[Share, ...], rows: int) -> list[Json]:
    return [{"value": share.value} | bar(share.rows, rows) for share in some[:SHOWN]]


def bar(part: int, whole: int) -> dict[str, Json]:
    """A share as text and as the width of a bar, 0 to 100; anything there is shows."""
    share = part / whole if whole else 0.0
    return {"text": f"{share:.1%}", "rows": f"{part:,}", "width": max(1, round(share * 100)) if part else 0}


def histogram(lengths: tuple[Share, ...]) -> list[Json]:
    """Columns of a small chart, the highest 24 units high; neighbours keep their order, gaps are left out."""
    most = max((share.rows for share in lengths), default=1)
    return [
        {"value": share.value, "rows": f"{share.rows:,}", "x": place * 6, "high": max(1, round(share.rows / most * 24))}
        for place, share in enumerate(lengths)
    ]
