"""What `yishu divisions` says of a yearly import and of a comparison: facts for machines, lines for a person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.division import Division
from schemas.division_authority import Fact, Named
from schemas.division_conflicts import Comparison, Conflict, Difference
from schemas.division_year import YearPlan

SHOWN = 40
"""Lines of one kind that a person is shown; JSON has all."""


def plan_facts(plan: YearPlan, read: int) -> dict[str, Any]:
    """Everything that a yearly table changes."""
    return {
        "read": read,
        "day": plan.day.isoformat(),
        "added": [_place(one) for one in plan.added],
        "renamed": [_place(new) | {"was": old.name} for old, new in plan.renamed],
        "moved": [_place(new) | {"was": old.parent} for old, new in plan.moved],
        "ended": [_place(one) for one in plan.ended],
        "questions": [_place(one) for one in plan.questions],
        "left": [_place(one) for one in plan.left],
    }


def plan_lines(plan: YearPlan, read: int) -> Iterator[str]:
    """The same for a person, with the head of a lineage file where something must be told."""
    yield f"read {read} places of {plan.day}"
    yield from _some("added", [f"{one.code} {one.name}" for one in plan.added])
    yield from _some("renamed", [f"{new.code} {old.name} → {new.name}" for old, new in plan.renamed])
    yield from _some("moved", [f"{new.code} {new.name}: {old.parent} → {new.parent}" for old, new in plan.moved])
    yield from _some("ended", [f"{one.code} {one.name}" for one in plan.ended])
    yield from _some("below one that ended, and not in this table", [f"{one.code} {one.name}" for one in plan.left])
    if plan.questions:
        yield f"{len(plan.questions)} codes have vanished. What became of each? Fill in, and give it as --lineage:"
        yield "old,new,kind"
        yield from (f"{one.code},,  ({one.name})" for one in plan.questions)


def comparison_facts(found: Comparison, names: tuple[str, str], named: Mapping[Fact, Named]) -> dict[str, Any]:
    """Counts by difference and cause, and every conflict with its authority."""
    causes = Counter((one.difference.value, one.cause.value) for one in found.conflicts)
    return {
        "here": found.here,
        "there": found.there,
        "codes_apart": found.codes_apart,
        "differences": {one.value: found.count(one) for one in Difference},
        "causes": {f"{difference}.{cause}": count for (difference, cause), count in sorted(causes.items())},
        "conflicts": [_conflict(one, names, named[one.fact]) for one in found.conflicts],
    }


def comparison_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Counts first, then conflicts by kind, so many as `SHOWN` of each."""
    yield f"{facts['here']} places here, {facts['there']} there; {facts['codes_apart']} codes in one of them only"
    yield from (f"  {name}: {count}" for name, count in facts["causes"].items())
    for difference in Difference:
        some = [one for one in facts["conflicts"] if one["difference"] == difference]
        yield from _some(difference.value, [_line(one) for one in some])


def _line(one: Mapping[str, Any]) -> str:
    told = " / ".join(text for text in (one["here"], one["there"]) if text)
    related = f" ↔ {', '.join(one['related'])}" if one["related"] else ""
    return f"{one['code']} {told} [{one['cause']}{related}] {one['fact']}: {one['authority']} {one['wins']}".rstrip()


def _conflict(one: Conflict, names: tuple[str, str], named: Named) -> dict[str, Any]:
    wins = {names[0]: "here", names[1]: "there"}.get(named.source, "") if all(names) else ""
    return {
        "code": one.published,
        "difference": one.difference.value,
        "here": one.here,
        "there": one.there,
        "cause": one.cause.value,
        "related": list(one.related),
        "fact": one.fact.value,
        "authority": named.source,
        "wins": wins,
    }


def _place(one: Division) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "parent": one.parent}


def _some(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines)}"
        yield from (f"  {line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"  … and {len(lines) - SHOWN} more (--json has all)"
