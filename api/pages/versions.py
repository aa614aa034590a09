"""The versions on a dataset's page: when, of which window, and for who may see counts what a merge did to the rows."""

from collections.abc import Collection, Mapping

from api.desk import Desk
from api.measured import overall, percent
from api.page import when
from api.pages.quality import line
from catalog.sheet import Sheet
from catalog.versions import Version
from schemas.dataset import Dimension, Json, Load

SHOWN_VERSIONS = 10


def merged_versions(sheet: Sheet) -> tuple[int, ...]:
    """Numbers of the shown versions that were merged."""
    return tuple(one.number for one in _shown(sheet)) if sheet.dataset.source.load is Load.MERGE else ()


def versions_shown(desk: Desk, sheet: Sheet, counted: Collection[int]) -> Mapping[str, Json]:
    """What the page tells of them; of those in `counted` how many rows were kept, replaced and removed."""
    every, shown = sheet.versions, [_row(desk, one, counted) for one in _shown(sheet)]
    good = next((v for v in every if v.state == "published"), None)
    return {
        "versions": shown,
        "merges": bool(counted),
        "last": f"{shown[0]['version']} · {shown[0]['published']}" if shown else "—",
        "trend": line(every),
        "held": bool(every) and every[0].state == "held_back",
        "score": percent(overall(good.scores)) if good and good.scores else "",
        "scores": [
            {"name": d.value, "value": good.scores[d.value], "text": percent(good.scores[d.value])}
            for d in Dimension
            if good and d.value in good.scores
        ],
    }


def _shown(sheet: Sheet) -> list[Version]:
    return [one for one in sheet.versions if one.state == "published"][:SHOWN_VERSIONS]


def _row(desk: Desk, one: Version, counted: Collection[int]) -> dict[str, Json]:
    merge = desk.shelf.version(one.dataset, one.number).merged if one.number in counted else None
    counts = {"kept": merge.kept, "replaced": merge.replaced, "removed": merge.removed} if merge else None
    window = one.window.replace("_", " – ")
    return {"version": f"v{one.number}", "published": when(one.published_at), "window": window, "merged": counts}
