"""Column lineage read from a derived dataset's SQL: which input columns each output comes from, and how.

The query is parsed and resolved, never run. What cannot be followed column by column (`*`, recursion, pivots, table
functions) is refused, so that no value comes out of a place that nobody sees.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp, parse
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from schemas.derivation_conditions import by_outer_joins, deciding
from schemas.derivation_flaws import DIALECT, Flaw, line_of, strange
from schemas.origin import How

PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
Item = tuple[str, str]
"""An input's key and the name of one of its columns."""
Items = dict[Item, How]


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a query makes of its inputs."""

    outputs: Mapping[str, Mapping[Item, How]]
    """Name of the output column -> the input columns whose values go into it."""
    conditions: frozenset[Item] = frozenset()
    """Input columns that rows are chosen, joined or ordered by, and that go into no output."""
    flaws: tuple[Flaw, ...] = ()


def derivation(sql: str, inputs: Mapping[str, Collection[str]]) -> Derivation:
    """The lineage of one SELECT over `{dataset.key}` placeholders; `inputs`: key -> names of its columns.

    An expression comes from every column that it names, those of its subqueries, filters and windows included; and
    what is taken out of a part of the query also from the columns that decide there whether a row is found.
    """
    try:
        statements = parse(PLACEHOLDER.sub(lambda found: f'"{found[1]}"', sql), dialect=DIALECT)
    except ParseError as wrong:
        told = wrong.errors[0] if wrong.errors else {}
        said = str(told.get("description") or "no SQL")
        return _broken(Flaw(int(told.get("line") or 0), f"{said} at {told.get('highlight', '')!r}", "a SELECT"))
    except SqlglotError as wrong:
        return _broken(Flaw(0, str(wrong).splitlines()[0], "a SELECT of DuckDB"))
    except RecursionError:
        return _broken(Flaw(0, "a query nested too deeply", "fewer brackets within brackets"))
    root = statements[0] if len(statements) == 1 else None
    if not isinstance(root, exp.Query):
        return _broken(Flaw(0, f"{len(statements)} statements" if len(statements) != 1 else "no SELECT", "one SELECT"))
    flaws = tuple(strange(root, inputs))
    return _broken(*flaws) if flaws else _resolved(root, inputs)


def _broken(*flaws: Flaw) -> Derivation:
    return Derivation({}, flaws=tuple(dict.fromkeys(flaws)))


def _resolved(root: exp.Query, inputs: Mapping[str, Collection[str]]) -> Derivation:
    names, misnamed = _names(root)
    tables = MappingSchema(dialect=DIALECT)
    for key, columns in inputs.items():
        tables.add_table(exp.Table(this=exp.to_identifier(key, quoted=True)), dict.fromkeys(columns, "VARCHAR"))
    try:
        qualified = qualify(root.copy(), dialect=DIALECT, schema=tables, validate_qualify_columns=False)
    except SqlglotError as wrong:
        return _broken(*misnamed, _unresolved(root, str(wrong).splitlines()[0]))
    top = build_scope(qualified)
    if top is None:
        return _broken(Flaw(0, "no SELECT", "one SELECT"))
    reading = _Reading(inputs, _owners(top))
    read = reading.everything()
    outputs = dict(zip(names, reading.outputs(top).values(), strict=False))
    rows = tuple(
        Flaw(line_of(one), f"the whole row {one.name}", "its columns") for one in qualified.find_all(exp.TableColumn)
    )
    if misnamed or reading.flaws or rows:
        return _broken(*misnamed, *reading.flaws, *rows)
    fed = {item for items in outputs.values() for item in items}
    return Derivation(outputs, frozenset(read - fed))


def _names(root: exp.Query) -> tuple[list[str], list[Flaw]]:
    """The outputs' names as the query writes them; each has one, and no two have the same."""
    names = list(root.named_selects)
    flaws = [Flaw(line_of(one), one.sql(DIALECT), "a name: … AS name") for one in root.selects if not one.alias_or_name]
    folded = [name.casefold() for name in names]
    twice = dict.fromkeys(name for place, name in enumerate(names) if name and name.casefold() in folded[:place])
    return names, [*flaws, *(Flaw(line_of(root), f"the output {name} twice", "each output once") for name in twice)]


def _unresolved(root: exp.Query, said: str) -> Flaw:
    """What sqlglot could not resolve; an unknown column with the line where the query first names it."""
    name = said.removeprefix("Unknown column: ")
    for column in root.find_all(exp.Column):
        if name != said and column.table and column.name.casefold() == name.casefold():
            return Flaw(line_of(column), f"the column {_said(column)}", "a column that the table before the dot has")
    return Flaw(0, said, "columns that can be told apart")


def _owners(top: Scope) -> dict[int, tuple[exp.Column, Scope]]:
    """Each column of the query with the innermost scope that it stands in; sqlglot tells inner scopes first."""
    found: dict[int, tuple[exp.Column, Scope]] = {}
    for scope in top.traverse():
        for column in scope.columns:
            found.setdefault(id(column), (column, scope))
    return found


@dataclass(slots=True)
class _Reading:
    """One pass over the resolved query."""

    inputs: Mapping[str, Collection[str]]
    owners: Mapping[int, tuple[exp.Column, Scope]]
    flaws: list[Flaw] = field(default_factory=list)
    known: dict[int, dict[str, Items]] = field(default_factory=dict)
    present: dict[int, Items] = field(default_factory=dict)

    def everything(self) -> set[Item]:
        """Every input column that is read anywhere; what is no column of anything becomes a flaw."""
        read: set[Item] = set()
        for column, scope in self.owners.values():
            items = self._of_column(column, scope)
            if items is None:
                self.flaws.append(Flaw(line_of(column), f"the column {_said(column)}", self._expected(column, scope)))
            read |= set(items or ())
        return read

    def outputs(self, scope: Scope) -> dict[str, Items]:
        """Each output of a scope with the input columns that go into it; branches of a UNION by their place."""
        if id(scope) not in self.known:
            self.known[id(scope)] = self._outputs(scope)
        return self.known[id(scope)]

    def _outputs(self, scope: Scope) -> dict[str, Items]:
        query = scope.expression.unnest()
        if isinstance(query, exp.SetOperation):
            left, right = (self.outputs(branch) for branch in scope.set_operation_scopes)
            if query.args.get("by_name"):
                return {name: _merged(left.get(name, {}), right.get(name, {})) for name in {**left, **right}}
            if len(left) != len(right):
                self.flaws.append(
                    Flaw(line_of(query), f"{len(left)} and {len(right)} columns", "as many in each branch")
                )
            pairs = zip(left.items(), right.values(), strict=False)
            return {name: _merged(items, more) for (name, items), more in pairs}
        if isinstance(query, exp.Values):
            return {name: {} for name in scope.expression.alias_column_names}
        windows = _columns(query.args.get("windows") or ())
        there = self._presence(scope) if scope.parent is not None else {}
        missing = by_outer_joins(query)
        return {
            one.alias_or_name: there | self._missing(one, missing) | self._value(one, windows)
            for one in _selects(query)
        }

    def _presence(self, scope: Scope) -> Items:
        """Columns that decide whether a row of this part is there, those of the parts that it reads included."""
        if id(scope) in self.present:
            return self.present[id(scope)]
        below = [source for _, source in scope.selected_sources.values() if isinstance(source, Scope)]
        found = [self._presence(part) for part in (*below, *scope.subquery_scopes, *scope.set_operation_scopes)]
        found.append(self._computed(deciding(scope.expression.unnest())))
        self.present[id(scope)] = {item: How.COMPUTED for items in found for item in items}
        return self.present[id(scope)]

    def _missing(self, told: exp.Expr, deciders: Mapping[str, Sequence[exp.Column]]) -> Items:
        """Columns that decide whether an outer join finds the rows that an output is taken from."""
        taken = {"", *(column.table for column in _columns([told]))}
        return self._computed(column for alias in taken & deciders.keys() for column in deciders[alias])

    def _computed(self, columns: Iterable[exp.Column]) -> Items:
        return dict.fromkeys((item for column in columns for item in self._of_node(column)), How.COMPUTED)

    def _value(self, told: exp.Expr, windows: Iterable[exp.Column]) -> Items:
        value = told.unalias()
        if isinstance(value, exp.Column):
            return self._of_node(value)
        return self._computed([*_columns([value]), *(windows if value.find(exp.Window) else ())])

    def _of_node(self, column: exp.Column) -> Items:
        if id(column) not in self.owners:
            self.flaws.append(Flaw(line_of(column), f"the column {_said(column)}", "a name that can be followed"))
            return {}
        return self._of_column(*self.owners[id(column)]) or {}

    def _of_column(self, column: exp.Column, scope: Scope) -> Items | None:
        ordering = not column.table and isinstance(scope.expression.unnest(), exp.SetOperation)
        source = scope if ordering else _source(column, scope)
        if isinstance(source, Scope):
            return self.outputs(source).get(column.name)
        if source is None or column.name not in self.inputs.get(source.name, ()):
            return None
        return {(source.name, column.name): How.DIRECT}

    def _expected(self, column: exp.Column, scope: Scope) -> str:
        source = _source(column, scope)
        if isinstance(source, Scope):
            return f"one of {', '.join(self.outputs(source))}"
        if source is not None and source.name in self.inputs:
            return f"one of {', '.join(self.inputs[source.name])}, the fields of {source.name}"
        return "a column of exactly one of the inputs; put the input's alias before it"


def _source(column: exp.Column, scope: Scope | None) -> exp.Table | Scope | None:
    """What the column's table is, here or in a query around."""
    while scope is not None and column.table:
        if column.table in scope.sources:
            return scope.sources[column.table]
        scope = scope.parent
    return None


def _merged(left: Items, right: Items) -> Items:
    """Of two branches of a UNION; what either hands on is handed on."""
    direct = {item: How.DIRECT for items in (left, right) for item, how in items.items() if how is How.DIRECT}
    return {**left, **right, **direct}


def _selects(query: exp.Expr) -> list[exp.Expr]:
    return query.selects if isinstance(query, exp.Query) else []


def _columns(nodes: Iterable[exp.Expr]) -> list[exp.Column]:
    return [column for node in nodes for column in node.find_all(exp.Column)]


def _said(column: exp.Column) -> str:
    return f"{column.table}.{column.name}" if column.table else column.name
