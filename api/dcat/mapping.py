"""One dataset of ours in the words of DCAT-AP 3: what it is, who provides it, who may have it, and where from.

Resource -> dcat:Dataset, its versions -> dcat:DatasetSeries, ways to the rows -> dcat:Distribution, sharing class ->
dct:accessRights, its condition -> dct:rights, purposes -> odrl:hasPolicy, legal basis -> dcatap:applicableLegislation,
division -> dct:spatial, update cycle -> dct:accrualPeriodicity. What has no word there stands under `ys:`.
"""

from collections.abc import Iterator

from api.dcat.vocabulary import ACCESS_RIGHTS, FORMATS, FREQUENCIES, LANGUAGES, OTHER_FREQUENCY, media_type
from catalog.known import Entry
from catalog.rule.words import SHARING
from schemas.dataset import Dataset, Sharing
from schemas.journey import SHANGHAI
from schemas.rdf import Literal, Statement, iri, typed

Statements = Iterator[Statement]
A = iri("rdf:type")


def iri_of(base: str, key: str) -> str:
    """The dataset's own IRI: where its page is too."""
    return f"{base}/datasets/{key}"


def service_of(base: str) -> str:
    """The IRI of what serves rows here."""
    return f"{base}/api/v1"


def dataset(entry: Entry, base: str) -> Statements:
    """Everything about it that whoever may know of it may know, without its fields and versions."""
    told, here = entry.dataset, iri_of(base, entry.dataset.key)
    yield here, A, iri("dcat:Dataset")
    yield here, A, iri("dcat:Resource")
    yield from title(here, told)
    yield here, iri("dct:identifier"), Literal(told.key)
    yield here, iri("dcat:version"), Literal(told.version)
    yield from _provider(here, told, base)
    yield from _rights(here, told)
    yield from _when(here, entry)
    yield from (_keyword(here, tag) for tag in told.tags)
    yield here, iri("dcat:landingPage"), f"{here}?lang=zh-CN"
    yield f"{here}?lang=zh-CN", A, iri("foaf:Document")
    yield service_of(base), iri("dcat:servesDataset"), here
    if entry.newest is not None:
        for name in FORMATS:
            yield from _distribution(here, told, name, base)


def record(entry: Entry, base: str) -> Statements:
    """The catalogue's own record of it: since when the entry stands there so."""
    here = iri_of(base, entry.dataset.key)
    yield f"{here}#record", A, iri("dcat:CatalogRecord")
    yield f"{here}#record", iri("foaf:primaryTopic"), here
    moment = entry.registered.astimezone(SHANGHAI).isoformat()
    yield f"{here}#record", iri("dct:modified"), typed(moment, "dateTime")


def title(here: str, told: Dataset) -> Statements:
    """Title and description in both languages; where there is none the title describes."""
    yield here, iri("dct:title"), Literal(told.title, "zh-CN")
    yield here, iri("dct:description"), Literal(told.description or f"{told.title}（{told.owner_name}）", "zh-CN")
    if told.title_en:
        yield here, iri("dct:title"), Literal(told.title_en, "en")
        yield here, iri("dct:description"), Literal(told.description_en or told.title_en, "en")


def _keyword(here: str, tag: str) -> Statement:
    return here, iri("dcat:keyword"), Literal(tag, "zh-CN")


def _provider(here: str, told: Dataset, base: str) -> Statements:
    owner, place = f"{base}/catalog#organisation-{told.owner}", f"{base}/catalog#division-{told.division}"
    yield here, iri("dct:publisher"), owner
    yield owner, A, iri("foaf:Agent")
    yield owner, iri("foaf:name"), Literal(told.owner_name, "zh-CN")
    yield owner, iri("dct:identifier"), Literal(told.owner)
    yield here, iri("dct:spatial"), place
    yield place, A, iri("dct:Location")
    yield place, iri("dct:identifier"), Literal(told.division)


def _rights(here: str, told: Dataset) -> Statements:
    yield here, iri("dct:accessRights"), ACCESS_RIGHTS[told.sharing]
    yield ACCESS_RIGHTS[told.sharing], A, iri("dct:RightsStatement")
    yield here, iri("ys:sharing"), Literal(told.sharing.value)
    if told.withheld_basis:
        basis = f"{here}#legal-basis"
        yield here, iri("dcatap:applicableLegislation"), basis
        yield basis, A, iri("eli:LegalResource")
        yield basis, iri("dct:title"), Literal(told.withheld_basis, "zh-CN")
    if told.purposes and told.sharing is not Sharing.OPEN:
        yield from _policy(here, told)


def _policy(here: str, told: Dataset) -> Statements:
    """It may be used for one of these purposes. Source: ODRL Information Model 2.2."""
    policy, allowed, limit = (f"{here}#{name}" for name in ("policy", "permission", "purposes"))
    yield here, iri("odrl:hasPolicy"), policy
    yield policy, A, iri("odrl:Policy")
    yield policy, A, iri("odrl:Set")
    yield policy, iri("odrl:permission"), allowed
    yield allowed, A, iri("odrl:Permission")
    yield allowed, iri("odrl:target"), here
    yield allowed, iri("odrl:action"), iri("odrl:use")
    yield allowed, iri("odrl:constraint"), limit
    yield limit, A, iri("odrl:Constraint")
    yield limit, iri("odrl:leftOperand"), iri("odrl:purpose")
    yield limit, iri("odrl:operator"), iri("odrl:isAnyOf")
    yield from ((limit, iri("odrl:rightOperand"), Literal(purpose)) for purpose in told.purposes)


def _when(here: str, entry: Entry) -> Statements:
    told = entry.dataset
    if told.update_cycle:
        cycle = FREQUENCIES.get(told.update_cycle, OTHER_FREQUENCY)
        yield here, iri("dct:accrualPeriodicity"), cycle
        yield cycle, A, iri("dct:Frequency")
        yield here, iri("ys:updateCycle"), Literal(told.update_cycle)
    if entry.newest is not None:
        moment = entry.newest.came.astimezone(SHANGHAI).isoformat()
        yield here, iri("dct:modified"), typed(moment, "dateTime")
    for language in LANGUAGES[: 2 if told.title_en else 1]:
        yield here, iri("dct:language"), language
        yield language, A, iri("dct:LinguisticSystem")


def _distribution(here: str, told: Dataset, name: str, base: str) -> Statements:
    """One format that rows come in. Only open data have an address that anybody may fetch them from."""
    this, rows = f"{here}#{name}", f"{base}/api/v1/datasets/{told.key}/rows?format={name}"
    access = rows if told.sharing is Sharing.OPEN else f"{here}/access"
    media, kind = FORMATS[name]
    yield here, iri("dcat:distribution"), this
    yield this, A, iri("dcat:Distribution")
    yield from ((this, iri("dct:title"), Literal(f"{text}（{name}）", lang)) for text, lang in _titles(told))
    yield this, iri("dcat:accessURL"), access
    yield access, A, iri("rdfs:Resource")
    if told.sharing is Sharing.OPEN:
        yield this, iri("dcat:downloadURL"), rows
    yield this, iri("dcat:accessService"), service_of(base)
    yield this, iri("dcat:mediaType"), media_type(media)
    yield media_type(media), A, iri("dct:MediaType")
    yield this, iri("dct:format"), kind
    yield kind, A, iri("dct:MediaTypeOrExtent")
    yield this, iri("dct:rights"), f"{here}#rights"
    yield f"{here}#rights", A, iri("dct:RightsStatement")
    yield f"{here}#rights", iri("rdfs:label"), Literal(_condition(told), "zh-CN")


def _titles(told: Dataset) -> list[tuple[str, str]]:
    return [(text, lang) for text, lang in ((told.title, "zh-CN"), (told.title_en, "en")) if text]


def _condition(told: Dataset) -> str:
    return "：".join(filter(None, (SHARING[told.sharing.value][0], told.sharing_condition)))
