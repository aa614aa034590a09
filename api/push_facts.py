"""A push as answers and pages tell it, in one language; no value of any row."""

from collections.abc import Mapping

from api.language import pick
from catalog.inbox.fate import Fate
from schemas.dataset import Json
from schemas.journey import SHANGHAI
from schemas.push import Push, Stage

STAGES: Mapping[Stage, tuple[str, str]] = {
    Stage.RECEIVED: ("已接收", "Received"),
    Stage.LANDED: ("已落地", "Landed"),
    Stage.PUBLISHED: ("已发布", "Published"),
    Stage.HELD_BACK: ("暂缓发布", "Held back"),
    Stage.REFUSED: ("未接收", "Refused"),
}
LOOKS = {Stage.PUBLISHED: "yes", Stage.HELD_BACK: "no", Stage.REFUSED: "no"}
"""Stage -> colour of its badge; the others are plain."""


def push_facts(push: Push, became: Fate, lang: str) -> dict[str, Json]:
    """One push and how far it has come."""
    return {
        "id": push.id,
        "dataset": push.dataset,
        "organisation": push.organisation,
        "arrived_at": push.arrived_at.astimezone(SHANGHAI).isoformat(),
        "lands_at": push.lands_at.astimezone(SHANGHAI).isoformat(),
        "receipt": push.receipt,
        "case": push.case or None,
        "accepted": push.accepted,
        "refused": push.refused,
        "refused_by_rule": dict(push.rules),
        "state": became.stage.value,
        "state_text": pick(lang, *STAGES[became.stage]),
        "window": push.window or None,
        "landed_at": push.landed_at.astimezone(SHANGHAI).isoformat() if push.landed_at else None,
        "version": became.version or None,
        "quarantined_rows": became.quarantined_rows,
        "quarantined": [{"rule": rule, "row": row} for rule, row in became.quarantined],
        "all_refusals": f"/api/v1/datasets/{push.dataset}/records/{push.id}/refusals",
    }
