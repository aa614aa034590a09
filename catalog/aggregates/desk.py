"""Figures for who may have them: the decision's own divisions out of the table of the version, kept between asks."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from catalog.aggregates.hiding import OTHERS
from catalog.aggregates.kindred import CLASSES
from catalog.aggregates.nodes import Key
from catalog.aggregates.table import ROOT, Content, Question, Table, Told, Wanted, tabulated
from catalog.shelf import Shelf
from schemas.access import Decision, Mode, Tier
from schemas.dataset import Dataset, Field, Identifying, Json, Kind
from schemas.divisions import DivisionTree
from schemas.errors import BadAsk, NotReady, Refused

NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of one division; `told` is None for one whose figures are not."""

    division: str
    own: bool
    """Only rows that name no smaller division within it."""
    told: Told | None


class Tables:
    """Tables of versions, the longest unused dropped first."""

    def __init__(self, most: int = 32) -> None:
        self.most = most
        self._held: OrderedDict[Hashable, Table] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> Table | None:
        """The table of that key, where it is at hand."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def keep(self, key: Hashable, table: Table) -> None:
        """Have it at hand for the next ask."""
        with self._lock:
            self._held[key] = table
            while len(self._held) > self.most:
                self._held.popitem(last=False)


def asked(dataset: Dataset, measures: Sequence[str], expression: Json, by: Tier) -> Question:
    """The question that an ask puts; BadAsk says what can be summed and by what rows can be told apart."""
    known = {one.name: one for one in dataset.fields}
    for name in measures:
        if name not in known or known[name].type.kind not in NUMBERS:
            valid = ", ".join(one.name for one in dataset.fields if one.type.kind in NUMBERS and _countable(one))
            raise BadAsk(
                f"measures: found sum:{name[:60]}, expected sum of one of {valid or 'none: it has no numbers'}"
            )
    if expression is None:
        return Question(Wanted(tuple(measures)), "", by)
    if set(expression) != {"column", "op", "value"} or expression["op"] != "=":
        raise BadAsk("filter: figures are told apart by one value of one column: kind = 'a'; no and, or, not, <, like")
    name, value = expression["column"], expression["value"]
    if known[name].type.kind not in CLASSES:
        raise BadAsk(f"filter: {name} is {known[name].type}, expected a text, a whole number, or true and false")
    part = str(value).lower() if isinstance(value, bool) else str(value)
    return Question(Wanted(tuple(measures), name), part, by)


def figures(
    shelf: Shelf, tables: Tables, decision: Decision, question: Question
) -> tuple[Sequence[Figures], Sequence[Figures]]:
    """Figures by division, and those of the whole that was asked for; Refused without a decision that allows."""
    scope = decision.rows
    if not decision.allowed or scope is None or decision.ask.mode is not Mode.AGGREGATE:
        raise Refused(decision.code, code=decision.code, gate=decision.gate, following=decision.following)
    tree = shelf.tree()
    look = Look(_table(shelf, tables, decision, question.of), question, tree, scope.at)
    roots = [tree.meet(code, code, scope.at) or code for code in scope.divisions]
    tops = [(code, False) for code in roots if (code, False) in look.table] if roots else look.table[ROOT].children
    told = sorted((one for key in tops for one in look.below(key)), key=lambda one: (one.division, one.own))
    return told, [look.whole(code) for code in roots] if roots else [look.figures(ROOT)]


@dataclass(frozen=True, slots=True)
class Look:
    """A question put to a table."""

    table: Table
    question: Question
    tree: DivisionTree
    at: date

    def below(self, key: Key) -> Iterator[Figures]:
        """Down to the tier asked for; a division that is not told is told as a whole not to be."""
        found, entry = self.figures(key), self.table[key]
        deep = not entry.children or key[1] or self.tree.tier(key[0]) >= self.question.by
        if deep or found.told is None:
            yield found
            return
        for child in entry.children:
            yield from self.below(child)

    def whole(self, code: str) -> Figures:
        """Of one division; one without a row is told as none, unless what it lies in is not told."""
        above = [step for step in self.tree.path(code, self.at) if (step, False) in self.table]
        if above and above[-1] == code:
            return self.figures((code, False))
        hidden = bool(above) and self.figures((above[-1], False)).told is None
        return Figures(code, False, None if hidden else self._nothing())

    def figures(self, key: Key) -> Figures:
        """Of one division and the class asked for. A class that is told with others, or nowhere, is not told."""
        entry, part = self.table[key], self.question.part
        classes = self.table[ROOT].told
        apart = not self.question.of.classes or part in classes or OTHERS not in classes
        if not apart or any(told[""] is None for told in entry.told.values()):
            return Figures(*key, None)
        return Figures(*key, entry.told.get(part, self._nothing()))

    def _nothing(self) -> Told:
        return {"": 0} | dict.fromkeys(self.question.of.measures)


def _table(shelf: Shelf, tables: Tables, decision: Decision, what: Wanted) -> Table:
    dataset, tree = shelf.dataset(decision.ask.dataset), shelf.tree()
    at = decision.rows.at if decision.rows else decision.ask.moment.date()
    key = (dataset.key, decision.version, dataset.contract_hash, what, tree.digest, at)
    found = tables.find(key)
    if found is None:
        snapshot = shelf.version(dataset.key, decision.version)
        try:
            found = tabulated(shelf.lake, Content(dataset, snapshot), what, tree, at)
        except KeyError as wrong:
            raise NotReady(f"{dataset.key} v{decision.version} lacks a column of today's contract: {wrong}") from wrong
        tables.keep(key, found)
    return found


def _countable(field: Field) -> bool:
    return field.shareable and field.identifying is Identifying.NONE and not field.transform
