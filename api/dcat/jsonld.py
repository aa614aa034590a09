"""Statements as JSON-LD. Source: JSON-LD 1.1, W3C recommendation of 2020-07-16."""

import json
from collections.abc import Iterable

from api.dcat.grouped import grouped
from api.dcat.texts import safe_iri, safe_text, shortened
from schemas.dataset import Json
from schemas.rdf import PREFIXES, Literal, Statement, iri

TYPE = iri("rdf:type")


def jsonld(statements: Iterable[Statement]) -> str:
    """The document: a context of prefixes, fetched from nowhere, and a flat graph."""
    graph = []
    for subject, told in grouped(statements).items():
        node: dict[str, Json] = {"@id": safe_iri(subject)}
        for predicate, objects in told.items():
            if predicate == TYPE:
                node["@type"] = [_name(str(one)) for one in objects]
            else:
                node[_name(predicate)] = [_object(one) for one in objects]
        graph.append(node)
    return json.dumps({"@context": PREFIXES, "@graph": graph}, ensure_ascii=False, indent=1) + "\n"


def _name(told: str) -> str:
    short = shortened(told)
    return safe_iri(told) if short is None else ":".join(short)


def _object(told: str | Literal) -> Json:
    if isinstance(told, str):
        return {"@id": safe_iri(told)}
    value: dict[str, Json] = {"@value": safe_text(told.value)}
    if told.lang:
        return value | {"@language": told.lang}
    return value | ({"@type": _name(told.datatype)} if told.datatype else {})
