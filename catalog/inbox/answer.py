"""What the sender of a push is told, word for word again whenever it is sent again."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.dataset import Json
from schemas.push import LISTED, Fault


@dataclass(slots=True)
class Tally:
    """What one push came to so far; a bounded number of faults is listed."""

    accepted: int = 0
    refused: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    listed: list[Fault] = field(default_factory=list)
    _last: int = 0

    def take(self, accepted: int, faults: Iterable[Fault]) -> None:
        """Rows that came in, and what is wrong with the others, in the order of rows."""
        self.accepted += accepted
        for one in faults:
            self.refused += one.row != self._last
            self._last = one.row
            self.rules[one.rule] += 1
            if len(self.listed) < LISTED:
                self.listed.append(one)

    @property
    def faults(self) -> int:
        """Faults of all rows."""
        return self.rules.total()


def answer(push: str, dataset: str, receipt: str, tally: Tally, *, chinese: bool) -> str:
    """The facts as JSON."""
    told: Mapping[str, Json] = {
        "id": push,
        "dataset": dataset,
        "receipt": receipt,
        "accepted": tally.accepted,
        "refused": tally.refused,
        "faults": tally.faults,
        "refusals": [_fault(one, chinese=chinese) for one in tally.listed],
        "status": f"/api/v1/datasets/{dataset}/records/{push}",
        "all_refusals": f"/api/v1/datasets/{dataset}/records/{push}/refusals",
    }
    return json.dumps(told, ensure_ascii=False)


def _fault(one: Fault, *, chinese: bool) -> dict[str, Json]:
    expected = one.expected if chinese else one.expected_en
    return {"row": one.row, "field": one.field or None, "rule": one.rule, "found": one.found, "expected": expected}
