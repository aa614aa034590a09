"""Reads a catalogue as DCAT: JSON-LD, Turtle or RDF/XML, page after page where hydra says that there are more.

rdflib reads the documents; nothing that a document names is fetched but its catalogue's own following pages: a context
of JSON-LD that lies elsewhere and entities of XML are refused.
"""

import json
from collections.abc import Iterator

from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import FOAF, RDFS
from rdflib.term import Node

from connectors.harvest.fetch import MOST_PAGES, Document, fetch
from schemas.dataset import Json
from schemas.errors import SourceChanged
from schemas.foreign import LONGEST, MOST_WORDS, ForeignCatalogue, ForeignEntry, address, short

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
ACCEPT = "application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.8"
FORMATS = {"ld+json": "json-ld", "turtle": "turtle", "rdf+xml": "xml", "json": "json-ld", "xml": "xml"}
ENDINGS = {"jsonld": "json-ld", "json": "json-ld", "ttl": "turtle", "rdf": "xml", "xml": "xml"}


def read(catalogue: ForeignCatalogue) -> Iterator[ForeignEntry]:
    """Every dataset of the catalogue."""
    url, seen = catalogue.url, set[str]()
    while url and url not in seen:
        if len(seen) >= MOST_PAGES:
            raise SourceChanged(f"{catalogue.name}: found more than {MOST_PAGES} pages")
        seen.add(url)
        graph = parsed(catalogue, fetch(catalogue, url, ACCEPT))
        yield from (entry(graph, one) for one in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str))
        url = following(graph, url)


def parsed(catalogue: ForeignCatalogue, document: Document) -> Graph:
    """The document as a graph; SourceChanged where it is none of the three forms, or would have more fetched."""
    form = _form(document)
    try:
        text = document.body.decode("utf-8-sig")
        if form == "json-ld":
            _without_far_contexts(json.loads(text), catalogue)
        if form == "xml" and ("<!DOCTYPE" in text or "<!ENTITY" in text):
            raise SourceChanged(f"{catalogue.name}: found a document type in the RDF/XML, expected none")
        return Graph().parse(data=text, format=form, publicID=document.url)
    except SourceChanged:
        raise
    except Exception as wrong:
        said = f"{type(wrong).__name__}: {wrong}"[:200]
        raise SourceChanged(f"{catalogue.name}: {document.url[:200]} cannot be read as {form} ({said})") from wrong


def _form(document: Document) -> str:
    media = document.media.partition(";")[0].rpartition("/")[2].strip().lower()
    ending = document.url.partition("?")[0].rpartition(".")[2].lower()
    return FORMATS.get(media) or ENDINGS.get(ending) or "turtle"


def _without_far_contexts(told: Json, catalogue: ForeignCatalogue) -> None:
    """A context that is an address would be fetched from wherever it says."""
    if isinstance(told, dict):
        for name, value in told.items():
            contexts = value if isinstance(value, list) else [value]
            if name == "@import" or (name == "@context" and any(isinstance(one, str) for one in contexts)):
                raise SourceChanged(f"{catalogue.name}: found a context that lies elsewhere, expected it inside")
            _without_far_contexts(value, catalogue)
    elif isinstance(told, list):
        for one in told:
            _without_far_contexts(one, catalogue)


def following(graph: Graph, here: str) -> str:
    """The next page, of the view that is this page or of the only one that there is; empty at the end."""
    named = [HYDRA.next, HYDRA.nextPage]
    found = {str(told): str(view) for name in named for view, told in graph.subject_objects(name)}
    mine = [told for told, view in found.items() if view == here]
    return mine[0] if mine else (next(iter(found)) if len(found) == 1 else "")


def entry(graph: Graph, dataset: Node) -> ForeignEntry:
    """One dataset as far as it is told."""
    id = _text(graph, dataset, DCTERMS.identifier)
    if isinstance(dataset, URIRef):
        id = str(dataset)
    distributions = list(graph.objects(dataset, DCAT.distribution))
    rights = next(iter(graph.objects(dataset, DCTERMS.accessRights)), None)
    publisher = next(iter(graph.objects(dataset, DCTERMS.publisher)), None)
    chinese, english = _both(graph, dataset, DCTERMS.title)
    description, described = _both(graph, dataset, DCTERMS.description)
    pages = [*graph.objects(dataset, DCAT.landingPage), *graph.objects(dataset, FOAF.page), dataset]
    formats = {_last(told) for one in distributions for told in graph.objects(one, DCTERMS.format)}
    licences = [told for one in (dataset, *distributions) for told in graph.objects(one, DCTERMS.license)]
    return ForeignEntry(
        id=short(id or chinese or english),
        title=short(chinese or english or str(dataset)),
        title_en=short(english),
        description=short(description or described, LONGEST),
        publisher=short(_name(graph, publisher)),
        page=next(filter(None, (address(str(one)) for one in pages)), ""),
        licence=short(_name(graph, licences[0] if licences else None)),
        access=short(_last(rights) if rights else ""),
        keywords=tuple(sorted({short(str(one)) for one in graph.objects(dataset, DCAT.keyword)})[:MOST_WORDS]),
        formats=tuple(sorted(short(one).lower() for one in formats if one)[:MOST_WORDS]),
        modified=short(_text(graph, dataset, DCTERMS.modified)),
    )


def _both(graph: Graph, subject: Node, predicate: URIRef) -> tuple[str, str]:
    """The text in Chinese, or in no told language, and in English."""
    texts = [one for one in graph.objects(subject, predicate) if isinstance(one, Literal)]
    english = [str(one) for one in texts if (one.language or "").startswith("en")]
    chinese = [str(one) for one in texts if (one.language or "zh").startswith("zh")]
    other = [str(one) for one in texts]
    return next(iter(sorted(chinese)), "") or next(iter(sorted(other)), ""), next(iter(sorted(english)), "")


def _text(graph: Graph, subject: Node, predicate: URIRef) -> str:
    return next(iter(sorted(str(one) for one in graph.objects(subject, predicate))), "")


def _name(graph: Graph, thing: Node | None) -> str:
    """What an agent or a licence is called; its address where it has no name."""
    if thing is None:
        return ""
    for predicate in (FOAF.name, RDFS.label, SKOS.prefLabel, DCTERMS.title):
        chinese, english = _both(graph, thing, predicate)
        if chinese or english:
            return chinese or english
    return str(thing) if isinstance(thing, URIRef | Literal) else ""


def _last(thing: Node) -> str:
    """The last word of an address of a vocabulary, which is what people call it."""
    return str(thing).rstrip("/").rpartition("/")[2].rpartition("#")[2]
