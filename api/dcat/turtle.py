"""Statements as Turtle. Source: RDF 1.1 Turtle, W3C recommendation of 2014-02-25."""

from collections.abc import Iterable, Iterator

from api.dcat.grouped import grouped
from api.dcat.texts import safe_iri, safe_text, shortened
from schemas.rdf import PREFIXES, Literal, Statement

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def turtle(statements: Iterable[Statement]) -> str:
    """The document, each subject once in the order in which it first comes."""
    return "\n".join(_lines(statements)) + "\n"


def _lines(statements: Iterable[Statement]) -> Iterator[str]:
    for prefix, space in PREFIXES.items():
        yield f"@prefix {prefix}: <{space}> ."
    for subject, told in grouped(statements).items():
        said = (f"    {_name(p)} {', '.join(map(_object, objects))}" for p, objects in told.items())
        yield f"\n{_name(subject)}\n" + " ;\n".join(said) + " ."


def _name(told: str) -> str:
    short = shortened(told)
    return f"<{safe_iri(told)}>" if short is None else ":".join(short)


def _object(told: str | Literal) -> str:
    if isinstance(told, str):
        return _name(told)
    text = '"' + safe_text(told.value).translate(ESCAPES) + '"'
    if told.lang:
        return f"{text}@{told.lang}"
    return f"{text}^^{_name(told.datatype)}" if told.datatype else text
