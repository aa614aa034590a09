"""Statements of RDF as plain data, and the vocabularies that a catalogue is told in."""

from dataclasses import dataclass

PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "ys": "urn:yishu:terms:",
}
"""Prefix -> namespace. `ys` is ours, for what DCAT-AP has no word for."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text; in a language, or of a datatype (its whole IRI), or neither."""

    value: str
    lang: str = ""
    datatype: str = ""


Statement = tuple[str, str, "str | Literal"]
"""Subject, predicate, object; whole IRIs but for the object, which may be a literal. There are no blank nodes."""


def iri(prefixed: str) -> str:
    """`dct:title` as a whole IRI; KeyError for a prefix that is not of `PREFIXES`."""
    prefix, _, local = prefixed.partition(":")
    return PREFIXES[prefix] + local


def typed(value: str, datatype: str) -> Literal:
    """A literal of a datatype of XML Schema, by its short name."""
    return Literal(value, datatype=PREFIXES["xsd"] + datatype)
