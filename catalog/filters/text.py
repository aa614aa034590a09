"""Reads a filter as a caller writes it into the typed expression of `catalog.filters.expression`.

    filter     = conjunction { or conjunction }
    conjunction = factor { and factor }
    factor     = not factor | ( filter ) | comparison
    comparison = column ( = | != | < | <= | > | >= ) value
               | column [ not ] in ( value { , value } )
               | column [ not ] like 'beginning%'
               | column is [ not ] null
    column     = name | "name"                 a quote inside is doubled
    value      = 'text' | number | true | false | date '2026-01-01' | timestamp '2026-01-01T08:00:00+08:00'

There are no functions, no arithmetic and no comparison of two columns: nothing whose result or failure could depend on
a value that the asker may not see. Every value is checked against the column's declared type before a row is read.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from catalog.filters.expression import columns_in
from catalog.filters.tokens import Kind, Token, shown, tokens, wrong
from catalog.filters.values import beginning, value_of
from schemas.dataset import Dataset, Field, Json
from schemas.errors import BadAsk

COMPARISONS = 64
LISTED = 200
"""Values of one `in (…)`."""
NESTED = 8
RESERVED = frozenset({"and", "or", "not", "in", "is", "null", "like"})
SIGNS = ("=", "!=", "<", "<=", ">", ">=")
AFTER_COLUMN = "one of = != < <= > >= in, not in, like, not like, is null, is not null"


def read_filter(text: str, dataset: Dataset) -> Json:
    """The expression; BadAsk says at which character what was found and what was expected."""
    reading = _Reading(tokens(text), dataset)
    found = reading.any_of()
    reading.expect(Kind.END, "", "and, or or the end")
    try:
        columns_in(found, 2)  # a grant's own filter joined to it makes it one deeper
    except ValueError as too_deep:
        raise BadAsk(str(too_deep)) from too_deep
    return found


class _Reading:
    """One pass over the words; each method reads what its name says and leaves the next word waiting."""

    def __init__(self, words: Iterator[Token], dataset: Dataset) -> None:
        self._words = words
        self._next = next(words)
        self._fields = {field.name: field for field in dataset.fields}
        self._comparisons = 0
        self._nested = 0

    def any_of(self) -> Json:
        return self._joined("or", lambda: self._joined("and", self._factor))

    def _joined(self, word: str, one: Callable[[], Json]) -> Json:
        found = [one()]
        while self._took(word):
            found.append(one())
        return found[0] if len(found) == 1 else {word: found}

    def _factor(self) -> Json:
        if self._took("not"):
            return {"not": self._deeper(self._factor)}
        if self._took("("):
            found = self._deeper(self.any_of)
            self.expect(Kind.SIGN, ")", "and, or or )")
            return found
        return self._comparison()

    def _deeper(self, inner: Callable[[], Json]) -> Json:
        self._nested += 1
        if self._nested > NESTED:
            raise wrong(self._next.place, f"more than {NESTED} parentheses or nots in each other", f"at most {NESTED}")
        found = inner()
        self._nested -= 1
        return found

    def _comparison(self) -> Json:
        self._comparisons += 1
        if self._comparisons > COMPARISONS:
            raise wrong(self._next.place, f"more than {COMPARISONS} comparisons", f"at most {COMPARISONS}")
        field = self._column()
        if self._next.kind is Kind.SIGN and self._next.means in SIGNS:
            return {"column": field.name, "op": self._taken().means, "value": self._value(field)}
        if self._took("is"):
            wanted = not self._took("not")
            self._word("null", "null or not null")
            return {"column": field.name, "op": "is_null", "value": wanted}
        negated = self._took("not")
        found = self._among(field) if self._took("in") else self._beginning(field)
        return {"not": found} if negated else found

    def _among(self, field: Field) -> Json:
        self.expect(Kind.SIGN, "(", "( and the values of in")
        values = [self._value(field)]
        while self._took(","):
            if len(values) == LISTED:
                raise wrong(self._next.place, f"more than {LISTED} values", f"at most {LISTED} in one list")
            values.append(self._value(field))
        self.expect(Kind.SIGN, ")", ", or )")
        return {"column": field.name, "op": "in", "value": values}

    def _beginning(self, field: Field) -> Json:
        self._word("like", AFTER_COLUMN)
        return {"column": field.name, "op": "starts", "value": beginning(field, self._taken())}

    def _value(self, field: Field) -> Json:
        word = self._taken()
        typed = word.kind is Kind.NAME and word.said.lower() in ("date", "timestamp")
        return value_of(field, word, self.expect(Kind.TEXT, "", "a text in single quotes") if typed else None)

    def _column(self) -> Field:
        word = self._taken()
        named = word.kind is Kind.COLUMN or (word.kind is Kind.NAME and word.said.lower() not in RESERVED)
        if not named or word.means not in self._fields:
            raise wrong(word.place, shown(word), f"a column, one of {_listed(self._fields)}")
        return self._fields[word.means]

    def _took(self, said: str) -> bool:
        """Whether this word or sign stood there; it is taken then."""
        there = self._next.kind in (Kind.NAME, Kind.SIGN) and self._next.said.lower() == said
        if there:
            self._taken()
        return there

    def _word(self, said: str, expected: str) -> None:
        if not self._took(said):
            raise wrong(self._next.place, shown(self._next), expected)

    def expect(self, kind: Kind, means: str, expected: str) -> Token:
        word = self._taken()
        if word.kind is not kind or (means and word.means != means):
            raise wrong(word.place, shown(word), expected)
        return word

    def _taken(self) -> Token:
        word = self._next
        self._next = next(chain(self._words, (word,)))
        return word


def _listed(names: Iterable[str]) -> str:
    return ", ".join(n if n.isascii() else f'"{n}"' for n in names)
