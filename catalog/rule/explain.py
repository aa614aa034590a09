"""A decision as text for a person: each gate with the clause that decided, what is served, what to do next."""

from catalog.rule.words import GATES
from schemas.access import Decision

_CHINESE = {
    "passed": "通过", "refused": "拒绝", "allowed": "准予", "denied": "不予", "basis": "依据", "columns": "数据项",
    "rows": "行", "every": "不限区划", "next": "下一步",
}  # fmt: skip
_ENGLISH = {
    "passed": "passed", "refused": "refused", "allowed": "ALLOWED", "denied": "REFUSED", "basis": "basis",
    "columns": "columns", "rows": "rows", "every": "every division", "next": "next",
}  # fmt: skip


def explain(decision: Decision, lang: str = "zh-CN") -> str:
    """One line for the answer, one for each gate looked at, then what is served or what to do next."""
    english = lang == "en"
    words = _ENGLISH if english else _CHINESE
    tail = _served(decision, words) if decision.allowed else _next(decision, words, english)
    return "\n".join([_answer(decision, words), *_gates(decision, words, english), *tail])


def _answer(decision: Decision, words: dict[str, str]) -> str:
    if not decision.allowed:
        return f"{words['denied']}: {decision.gate} {decision.code}"
    basis = decision.basis.value if decision.basis else ""
    return f"{words['allowed']}: {words['basis']} {' '.join(filter(None, (basis, decision.grant)))}"


def _gates(decision: Decision, words: dict[str, str], english: bool) -> list[str]:
    lines = []
    for gate in decision.gates:
        name = GATES[gate.name][english]
        mark = words["passed"] if gate.passed else f"{words['refused']} {gate.code}"
        clause = f" [{gate.clause}]" if gate.clause else ""
        lines.append(f"{gate.name:<3} {name} {mark}: {gate.said_en if english else gate.said}{clause}")
    return lines


def _served(decision: Decision, words: dict[str, str]) -> list[str]:
    columns = ", ".join(f"{c.name}={c.transform.word}" for c in decision.served)
    divisions = ", ".join(decision.rows.divisions) if decision.rows else ""
    column = f"{decision.rows.column}: " if decision.rows and divisions else ""
    return [f"{words['columns']}: {columns}", f"{words['rows']}: {column}{divisions or words['every']}"]


def _next(decision: Decision, words: dict[str, str], english: bool) -> list[str]:
    return [f"{words['next']}: {decision.following_en if english else decision.following}"]
