"""Statements as RDF/XML. Source: RDF 1.1 XML Syntax, W3C recommendation of 2014-02-25."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from api.dcat.grouped import grouped
from api.dcat.texts import safe_iri, safe_text, shortened
from schemas.rdf import PREFIXES, Literal, Statement


def xml(statements: Iterable[Statement]) -> str:
    """The document; every predicate must be of one of our vocabularies, since XML needs names for them."""
    return "\n".join(_lines(statements)) + "\n"


def _lines(statements: Iterable[Statement]) -> Iterator[str]:
    spaces = " ".join(f"xmlns:{prefix}={quoteattr(space)}" for prefix, space in PREFIXES.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF {spaces}>'
    for subject, told in grouped(statements).items():
        yield f"  <rdf:Description rdf:about={quoteattr(safe_iri(subject))}>"
        yield from (_property(predicate, one) for predicate, objects in told.items() for one in objects)
        yield "  </rdf:Description>"
    yield "</rdf:RDF>"


def _property(predicate: str, told: str | Literal) -> str:
    short = shortened(predicate)
    if short is None:
        raise ValueError(f"{predicate} is of no vocabulary of ours, which are {', '.join(PREFIXES)}")
    name = ":".join(short)
    if isinstance(told, str):
        return f"    <{name} rdf:resource={quoteattr(safe_iri(told))}/>"
    kind = f" xml:lang={quoteattr(told.lang)}" if told.lang else ""
    kind += f" rdf:datatype={quoteattr(told.datatype)}" if told.datatype else ""
    return f"    <{name}{kind}>{escape(safe_text(told.value), {chr(13): '&#13;'})}</{name}>"
