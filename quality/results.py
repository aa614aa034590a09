"""What Great Expectations itself said of each rule, kept beside the verdict: counts, and no value of anybody's.

They are kept rather than computed again when somebody wants to read them: by then other datasets' versions, and so
what rules look values up in, may be others, and the pages would not be about the verdict that they name.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quality.findings import columns_of
from schemas.dataset import Dataset, Rule
from schemas.profile import shows_values

if TYPE_CHECKING:
    from quality.judge import Outcome

VALIDATION = "validation.json"
"""Name of its file in the verdict's folder."""
COUNTS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "missing_count",
    "missing_percent",
)
OURS = ("near_past", "equal_source")
"""Rules about the whole that say in words what they saw, without a value."""
EMPTIED = ("files", "values", "edges", "shares")
"""Arguments that are paths of this installation or values of the version before."""
MASKED = "—"


def kept(dataset: Dataset, outcome: "Outcome") -> bytes:
    """The results as JSON, in the contract's order, without samples, paths, and values of columns that show none."""
    found = [_masked(dataset, rule, outcome.results[rule.name].to_json_dict()) for rule in dataset.rules]
    return json.dumps({"dataset": dataset.key, "results": found}, ensure_ascii=False, indent=1).encode()


def _masked(dataset: Dataset, rule: Rule, said: Mapping[str, Any]) -> dict[str, Any]:
    config, result = dict(said["expectation_config"]), said["result"]
    arguments = {word: value for word, value in config["kwargs"].items() if word != "batch_id"}
    config["kwargs"] = arguments | {word: [] for word in EMPTIED if word in arguments}
    counts = {word: result[word] for word in COUNTS if result.get(word) is not None}
    if result.get("observed_value") is not None:
        counts["observed_value"] = result["observed_value"] if _shown(dataset, rule) else MASKED
    return {"success": said["success"], "expectation_config": config, "result": counts}


def _shown(dataset: Dataset, rule: Rule) -> bool:
    if any(word in rule.expectation for word in OURS):
        return True
    return all(shows_values(dataset.field(name)) for name in columns_of(rule))
