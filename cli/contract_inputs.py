"""Holds derived contracts against the contracts of their inputs, and lets them inherit what these say."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import yaml

from schemas.contract import Draft
from schemas.contract_lines import Lines
from schemas.contract_source import DERIVED
from schemas.dataset import Dataset
from schemas.errors import Mistake
from schemas.inheritance import SQL, Breach, inherit


def inherited(drafts: Sequence[Draft], others: Iterable[Dataset] = ()) -> tuple[tuple[Dataset, ...], list[Mistake]]:
    """The drafts' datasets with what they inherit, in the drafts' order, and every mistake of a derived one.

    `others` may be inputs too. A dataset that lacks the contract of an input is left as it is.
    """
    known = {one.key: one for one in others} | {draft.dataset.key: draft.dataset for draft in drafts}
    mistakes: list[Mistake] = []
    order, circle = _order(drafts)
    for draft in order:
        dataset, inputs = draft.dataset, draft.dataset.source.inputs
        if dataset.source.kind == DERIVED and all(key in known for key in inputs):
            known[dataset.key], breaches = inherit(dataset, {key: known[key] for key in inputs})
            mistakes += [_mistake(draft.lines, breach) for breach in breaches]
    return tuple(known[draft.dataset.key] for draft in drafts), [*circle, *mistakes]


def missing_inputs(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Inputs of derived datasets that no draft is the contract of, sorted."""
    keys = {draft.dataset.key for draft in drafts}
    derived = (draft.dataset.source.inputs for draft in drafts if draft.dataset.source.kind == DERIVED)
    return tuple(sorted({key for inputs in derived for key in inputs if key not in keys}))


def _order(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Mistake]]:
    """Inputs before what is derived of them; a circle is a mistake of its first member."""
    by_key = {draft.dataset.key: draft for draft in drafts}
    feeding: Mapping[str, tuple[str, ...]] = {
        key: tuple(i for i in draft.dataset.source.inputs if i in by_key)
        for key, draft in by_key.items()
        if draft.dataset.source.kind == DERIVED
    }
    try:
        return [by_key[key] for key in TopologicalSorter(feeding).static_order()], []
    except CycleError as wrong:
        circle = list(wrong.args[1])
        line, where = by_key[circle[0]].lines.place("yishu.source", "inputs")
        said = f"the circle {' ← '.join(circle)}"
        return [], [Mistake(by_key[circle[0]].lines.file, line, where, said, "inputs that do not wait for it")]


def _mistake(lines: Lines, breach: Breach) -> Mistake:
    line, where = lines.place(*breach.way)
    if breach.way == SQL:
        line += _inside(lines, breach.line)
    return Mistake(lines.file, line, where, breach.found, breach.expected)


def _inside(lines: Lines, line: int) -> int:
    """How far below the first line of `options` a line of the query stands; 0 where the query is no block of lines."""
    options = lines.places.get(SQL[:2])
    pairs = options.node.value if options and isinstance(options.node, yaml.MappingNode) else []
    for name, text in pairs:
        if name.value == SQL[2]:
            below = int(text.start_mark.line) + 1 - (options.line if options else 0)
            return below + (line if text.style == "|" else 0)
    return 0
