"""Which cards hold the words of a search: one statement each, the same tokens on SQLite and on PostgreSQL.

The text of a query is made of tokens alone, which are letters and digits: nothing that an asker writes is read as
the grammar of either database.
"""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, text

from catalog.cards.tokens import UNPLACED, Term, Word

_MATCH = {
    "card_words": text("SELECT group_concat(rowid) FROM card_words WHERE card_words MATCH :words"),
    "field_words": text("SELECT group_concat(rowid) FROM field_words WHERE field_words MATCH :words"),
}
_VECTOR = {
    name: text(f"SELECT string_agg(id::text, ',') FROM {table} WHERE {column} @@ CAST(:words AS tsquery)")
    for name, table, column in (("words", "card_words", "words"), ("items", "card_words", "items"))
}

_BY_INDEX = text("SET LOCAL enable_seqscan = off")
_GATHERED = {"sqlite": "group_concat(card)", "postgresql": "string_agg(card::text, ',')"}
_BEING = {
    dialect: text(f"SELECT {gathered} FROM card_field WHERE element = :element")
    for dialect, gathered in _GATHERED.items()
}
_CALLED = (
    "SELECT card FROM card_field WHERE name IN :names UNION ALL SELECT card FROM card_field WHERE called IN :names "
    "UNION ALL SELECT card FROM card_field WHERE element = :element"
)
_EXACT = {
    dialect: text(f"SELECT {gathered} FROM ({_CALLED}) AS found").bindparams(bindparam("names", expanding=True))
    for dialect, gathered in _GATHERED.items()
}


def holding(connection: Connection, words: Sequence[Word]) -> list[int]:
    """Ids of the cards that hold every word, in whatever they are found by."""
    if connection.dialect.name == "sqlite":
        return _numbers(connection.scalar(_MATCH["card_words"], {"words": fts(words)}))
    return _vectors(connection, "words", tsquery(words))


def calling(connection: Connection, words: Sequence[Word]) -> list[int]:
    """Ids of the cards with a field that is called by one of the words."""
    if connection.dialect.name == "sqlite":
        return _numbers(connection.scalar(_MATCH["card_words"], {"words": f"items : ({fts(words, 'OR')})"}))
    return _vectors(connection, "items", tsquery(words, "|"))


def exact(connection: Connection, names: Collection[str], element: str | None) -> list[int]:
    """Ids of the cards with a field of just one of these names or titles, or that is this data element."""
    told = {"names": sorted(names), "element": element or ""}
    return _numbers(connection.scalar(_EXACT[connection.dialect.name], told))


def being(connection: Connection, element: str) -> list[int]:
    """Ids of the cards with a field that is this data element."""
    return _numbers(connection.scalar(_BEING[connection.dialect.name], {"element": element}))


def fts(words: Sequence[Word], between: str = "AND") -> str:
    """The words in the grammar of FTS5: phrases, each in quotes."""
    return f" {between} ".join(f"({' OR '.join(map(_phrase, word.terms))})" for word in words)


def tsquery(words: Sequence[Word], between: str = "&") -> str:
    """The words in the grammar of PostgreSQL's `tsquery`."""
    return f" {between} ".join(f"({' | '.join(map(_followed, word.terms))})" for word in words)


def _vectors(connection: Connection, column: str, query: str) -> list[int]:
    """The planner counts a row's vector as cheap to look at and would look at all of them for a frequent word."""
    connection.execute(_BY_INDEX)
    return _numbers(connection.scalar(_VECTOR[column], {"words": query}))


def _phrase(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"{" *" if term.open else ""}'


def _followed(term: Term) -> str:
    """Tokens that follow one another; or all of them, where the places of one are not known."""
    ends = [*("" for _ in term.tokens[1:]), ":*" if term.open else ""]
    told = [f"'{token}'{end}" for token, end in zip(term.tokens, ends, strict=True)]
    if len(told) == 1:
        return f"({told[0]})"
    unplaced = (f"'{UNPLACED}{token}'{end}" for token, end in zip(term.tokens, ends, strict=True))
    return f"(({' <-> '.join(told)}) | (({' | '.join(unplaced)}) & {' & '.join(told)}))"


def _numbers(gathered: str | None) -> list[int]:
    """One text for all of them: fetching them row by row costs more than finding them."""
    found: list[int] = json.loads(f"[{gathered or ''}]")
    return found
