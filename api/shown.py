"""Datasets and decisions as the facts that answers and pages show, in one language."""

from collections.abc import Mapping
from datetime import datetime

from api.language import pick
from catalog.rule.words import GATES
from schemas.access import ColumnView, Decision, Gate
from schemas.dataset import Dataset, Field, Json
from schemas.divisions import DivisionTree
from schemas.due import due, overdue
from schemas.errors import Refused
from schemas.journey import SHANGHAI, Snapshot


def dataset_facts(dataset: Dataset, lang: str) -> dict[str, Json]:
    """One dataset without its fields, as a list shows it."""
    return {
        "key": dataset.key,
        "title": pick(lang, dataset.title, dataset.title_en),
        "description": pick(lang, dataset.description, dataset.description_en),
        "department": dataset.department,
        "owner": {"credit_code": dataset.owner, "name": dataset.owner_name, "division": dataset.division},
        "sharing": {"class": dataset.sharing.value, "condition": dataset.sharing_condition},
        "update_cycle": dataset.update_cycle,
        "grace": dataset.grace,
        "contract_version": dataset.version,
        "purposes": list(dataset.purposes),
        "modes": list(dataset.modes),
        "tags": list(dataset.tags),
    }


def timeliness(dataset: Dataset, came: datetime | None, now: datetime) -> dict[str, Json]:
    """Until when its newest data are in time, and whether they are overdue 逾期; `came` is when they were published."""
    moment = due(dataset, came) if came is not None else None
    return {"due": moment.isoformat() if moment else None, "overdue": overdue(dataset, came, now)}


def field_facts(field: Field, lang: str) -> dict[str, Json]:
    """One item as the catalogue tells it to anybody who may see the dataset."""
    return {
        "name": field.name,
        "title": pick(lang, field.title, field.title_en),
        "type": str(field.type),
        "required": field.required,
        "key": field.key,
        "element": field.element,
        "grade": field.grade.word,
        "identifying": field.identifying.value,
        "transform": field.transform.word,
        "shareable": field.shareable,
        "scope": field.scope.value if field.scope else None,
        "description": field.description,
        "authority": field.authority or None,
    }


def snapshot_facts(snapshot: Snapshot) -> dict[str, Json]:
    """One published version; its number of rows is the owner's and stands nowhere here."""
    return {
        "version": snapshot.version,
        "window": str(snapshot.window),
        "published_at": snapshot.published_at.astimezone(SHANGHAI).isoformat(),
        "contract": snapshot.contract,
        "schema": snapshot.schema_hash,
    }


def merge_facts(snapshot: Snapshot) -> dict[str, Json]:
    """What a merge did to the version that it was built on; for who may be told numbers of rows."""
    merge = snapshot.merged
    if merge is None:
        return {}
    counts = {"base": merge.base, "kept": merge.kept, "replaced": merge.replaced, "removed": merge.removed}
    return {"merged": counts | {"until": merge.until.astimezone(SHANGHAI).isoformat()}}


def decision_facts(decision: Decision, tree: DivisionTree, lang: str) -> dict[str, Json]:
    """A decision explained gate by gate. A denied one shows neither columns nor rows."""
    facts: dict[str, Json] = {
        "dataset": decision.ask.dataset,
        "purpose": decision.ask.purpose,
        "mode": decision.ask.mode.value,
        "allowed": decision.allowed,
        "code": decision.code,
        "gates": [gate_facts(one, lang) for one in decision.gates],
    }
    if not decision.allowed:
        return facts | {"gate": decision.gate, "next": pick(lang, decision.following, decision.following_en)}
    return facts | {
        "basis": decision.basis.value if decision.basis else None,
        "grant": decision.grant,
        "version": decision.version,
        "columns": [column_facts(one) for one in decision.columns],
        "rows": scope_facts(decision, tree),
        "obligations": list(decision.obligations),
    }


def gate_facts(gate: Gate, lang: str) -> dict[str, Json]:
    """One gate's answer."""
    return {
        "gate": gate.name,
        "name": gate_name(gate.name, lang),
        "passed": gate.passed,
        "code": gate.code,
        "said": pick(lang, gate.said, gate.said_en),
        "clause": gate.clause,
    }


def gate_name(gate: str, lang: str) -> str:
    """`G4` -> 用途, Purpose."""
    return pick(lang, *GATES[gate]) if gate in GATES else gate


def column_facts(view: ColumnView) -> dict[str, Json]:
    """What becomes of one column."""
    return {"name": view.name, "transform": view.transform.word, "reason": view.reason}


def scope_facts(decision: Decision, tree: DivisionTree) -> Mapping[str, Json]:
    """Which rows: everything, or those under some divisions, by code and name."""
    scope = decision.rows
    if scope is None or not scope.divisions:
        return {"column": "", "divisions": []}
    named = [{"code": code, "name": tree.name(code, scope.at)} for code in scope.divisions]
    return {"column": scope.column, "divisions": named, "at": scope.at.isoformat()}


def refusal(decision: Decision, receipt: str, lang: str) -> Refused:
    """The error that a refusing decision is at the door."""
    refused = next((one for one in decision.gates if not one.passed), None)
    sentence = pick(lang, refused.said, refused.said_en) if refused else decision.code
    return Refused(
        sentence,
        code=decision.code,
        gate=decision.gate,
        following=pick(lang, decision.following, decision.following_en),
        receipt=receipt,
    )
