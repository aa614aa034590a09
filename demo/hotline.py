"""Complaints that two systems push into the demo city: what they send, and what must come of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.asking import Asker
from demo.faults import Truth
from demo.question import Question

KEY = "hotline.complaint"
CONTRACTS = Path(__file__).parent / "contracts"
TRUTH: Mapping[str, Truth] = {KEY: Truth(read=5, published=3, quarantined={"key.unique": 2}, duplicates=0)}
"""Two rows of the district and three of the bureau come in; two of these have one number."""
DISTRICT, BUREAU, STRANGER = "county", "big-data", "health"
JSON, CSV = "application/json", "text/csv"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was asked while pushing, and where each of the two may ask on."""

    questions: tuple[Question, ...]
    places: Mapping[str, str]


def push_complaints(asker: Asker) -> Pushed:
    """Pushes, one of them again, and one by who may not; the next run of the day lands what came in."""
    district = asker.push(DISTRICT, KEY, "district-1", JSON, _district())
    again = asker.push(DISTRICT, KEY, "district-1", JSON, _district())
    bureau = asker.push(BUREAU, KEY, "bureau-1", CSV, _bureau())
    stranger = asker.push(STRANGER, KEY, "stranger-1", JSON, _district())
    told = district.json()
    refused = [[one["row"], one["rule"]] for one in told.get("refusals", ())]
    questions = (
        Question(
            "推送诉求：不符合类型和标准的行当场逐行退回",
            "complaints are pushed: what breaks types and standards is told at once, row by row",
            [202, 2, [[3, "mobile.mobile"], [4, "satisfaction.range"]]],
            [district.status_code, told.get("accepted"), refused],
        ),
        Question(
            "同一幂等键再次推送，得到同一答复",
            "the same push again has the same answer",
            [True, "true"],
            [again.content == district.content, again.headers.get("Idempotency-Replayed")],
        ),
        Question(
            "合同未列明的单位不得推送",
            "whom the contract does not name may not push",
            [403, "PUSH_DENIED"],
            [stranger.status_code, stranger.json().get("code")],
        ),
    )
    answers = ((DISTRICT, district), (BUREAU, bureau))
    return Pushed(questions, {role: answer.headers.get("Location", "") for role, answer in answers})


def follow_complaints(asker: Asker, pushed: Pushed) -> tuple[Question, ...]:
    """How far the pushes came, once the day's run has ended."""
    seen = {role: asker.look(role, place) for role, place in pushed.places.items()}
    return (
        *pushed.questions,
        Question(
            "推送方可查：已发布的版本，以及校验后被隔离的行",
            "senders can follow: the version they are published with, and their rows in quarantine",
            {DISTRICT: ["published", []], BUREAU: ["published", [[2, "key.unique"], [3, "key.unique"]]]},
            {role: [told.get("state"), _rows(told)] for role, told in seen.items()},
        ),
    )


def _rows(told: Mapping[str, Any]) -> list[list[Any]]:
    return sorted([one["row"], one["rule"]] for one in told.get("quarantined", ()))


def _district() -> bytes:
    whole = {"division": "370402", "mobile": "19900000001", "content": "小区充电桩不足", "satisfaction": 4}
    rows = [whole | {"complaint_no": f"ZG{number:08d}"} for number in range(1, 5)]
    rows[2]["mobile"] = "1990000"
    rows[3]["satisfaction"] = 9
    return json.dumps({"records": rows}, ensure_ascii=False).encode()


def _bureau() -> bytes:
    rows = ("ZG00000011,370403,路灯不亮", "ZG00000012,370404,欠薪咨询", "ZG00000012,370404,欠薪咨询，已补充材料")
    return "\n".join(("complaint_no,division,content", *rows)).encode()
