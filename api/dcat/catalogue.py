"""The catalogue itself as DCAT-AP 3: what it is, who keeps it, and one page of its datasets with hydra's links."""

from collections.abc import Iterator
from urllib.parse import quote

from api.dcat.details import items, series
from api.dcat.mapping import A, dataset, iri_of, record, service_of
from catalog.known import Entry, Page
from catalog.versions import Version
from schemas.rdf import Literal, Statement, iri

Statements = Iterator[Statement]
TITLES = (("政务数据目录（一数）", "zh-CN"), ("Catalogue of government data (Yishu)", "en"))
ABOUT = (("一次采集、多方使用：可依规共享与开放的政务数据", "zh-CN"), ("Collect once, use many times", "en"))
KEEPER = (("本级政务数据目录节点（一数）", "zh-CN"), ("This node of the government data catalogue (Yishu)", "en"))


def document_of_page(page: Page, base: str, form: str, after: str) -> Statements:
    """The catalogue and the datasets of one page."""
    yield from _catalogue(base)
    yield from _links(page, base, form, after)
    for one in page.entries:
        yield f"{base}/catalog", iri("dcat:dataset"), iri_of(base, one.dataset.key)
        yield f"{base}/catalog", iri("dcat:record"), f"{iri_of(base, one.dataset.key)}#record"
        yield from dataset(one, base)
        yield from record(one, base)


def document_of_dataset(entry: Entry, versions: tuple[Version, ...], base: str) -> Statements:
    """One dataset with its versions and fields, and what serves it."""
    yield from dataset(entry, base)
    yield from record(entry, base)
    yield from series(entry.dataset, versions, base)
    yield from items(entry.dataset, base)
    yield from _service(base)


def _catalogue(base: str) -> Statements:
    here, keeper = f"{base}/catalog", f"{base}/catalog#keeper"
    yield here, A, iri("dcat:Catalog")
    yield from ((here, iri("dct:title"), Literal(*one)) for one in TITLES)
    yield from ((here, iri("dct:description"), Literal(*one)) for one in ABOUT)
    yield here, iri("dct:publisher"), keeper
    yield keeper, A, iri("foaf:Agent")
    yield from ((keeper, iri("foaf:name"), Literal(*one)) for one in KEEPER)
    yield here, iri("foaf:homepage"), f"{base}/datasets"
    yield f"{base}/datasets", A, iri("foaf:Document")
    yield here, iri("dcat:service"), service_of(base)
    yield from _service(base)


def _service(base: str) -> Statements:
    here, endpoint, described = service_of(base), f"{base}/api/v1/datasets", f"{base}/openapi.json"
    yield here, A, iri("dcat:DataService")
    yield here, iri("dct:title"), Literal("数据服务接口", "zh-CN")
    yield here, iri("dct:title"), Literal("Data service", "en")
    yield here, iri("dcat:endpointURL"), endpoint
    yield endpoint, A, iri("rdfs:Resource")
    yield here, iri("dcat:endpointDescription"), described
    yield described, A, iri("rdfs:Resource")


def _links(page: Page, base: str, form: str, after: str) -> Statements:
    """Hydra's view of this page. How many pages there are is not told: counting them costs more than a page."""
    first = f"{base}/catalog.{form}"
    here = _page(first, after)
    yield f"{base}/catalog", A, iri("hydra:Collection")
    yield f"{base}/catalog", iri("hydra:view"), here
    yield here, A, iri("hydra:PartialCollectionView")
    yield here, iri("hydra:first"), first
    if page.following:
        yield here, iri("hydra:next"), _page(first, page.following)


def _page(first: str, after: str) -> str:
    return f"{first}?after={quote(after, safe='')}" if after else first
