"""Statements by subject and predicate, as every way of writing them wants them."""

from collections.abc import Iterable

from schemas.rdf import Literal, Statement

Grouped = dict[str, dict[str, list[str | Literal]]]


def grouped(statements: Iterable[Statement]) -> Grouped:
    """Subject -> predicate -> objects, each object once, in the order in which they first come."""
    found: Grouped = {}
    for subject, predicate, told in statements:
        objects = found.setdefault(subject, {}).setdefault(predicate, [])
        if told not in objects:
            objects.append(told)
    return found
