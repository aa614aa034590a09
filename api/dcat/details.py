"""What only the document of one dataset tells: its published versions as a series, and its fields."""

from collections.abc import Iterable, Iterator

from api.dcat.mapping import A, iri_of, title
from catalog.versions import Version
from schemas.dataset import Dataset
from schemas.journey import SHANGHAI
from schemas.rdf import Literal, Statement, iri, typed

Statements = Iterator[Statement]
LISTED = 100
"""Versions of a series that are told, newest first."""


def series(told: Dataset, versions: Iterable[Version], base: str) -> Statements:
    """The published versions; nothing where there is none."""
    published = [one for one in versions if one.state == "published"][:LISTED]
    here = iri_of(base, told.key)
    if not published:
        return
    yield f"{here}#versions", A, iri("dcat:DatasetSeries")
    yield from title(f"{here}#versions", told)
    for one in published:
        this = f"{here}#v{one.number}"
        yield this, A, iri("dcat:Dataset")
        yield from title(this, told)
        yield this, iri("dcat:inSeries"), f"{here}#versions"
        yield here, iri("dcat:hasVersion"), this
        yield this, iri("dcat:version"), Literal(str(one.number))
        yield this, iri("dct:issued"), typed(one.published_at.astimezone(SHANGHAI).isoformat(), "dateTime")


def items(told: Dataset, base: str) -> Statements:
    """Its fields 信息项, for which DCAT has no word."""
    here = iri_of(base, told.key)
    for field in told.fields:
        this = f"{here}#item-{field.name}"
        yield here, iri("ys:item"), this
        yield this, A, iri("ys:Item")
        yield this, iri("ys:name"), Literal(field.name)
        yield this, iri("rdfs:label"), Literal(field.title, "zh-CN")
        if field.title_en:
            yield this, iri("rdfs:label"), Literal(field.title_en, "en")
        yield this, iri("ys:type"), Literal(str(field.type))
        yield this, iri("ys:grade"), Literal(field.grade.word)
        yield this, iri("ys:shareable"), typed(str(field.shareable).lower(), "boolean")
        if field.element:
            yield this, iri("ys:element"), Literal(field.element)
