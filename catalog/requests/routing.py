"""Which way a request goes: who checks and decides about it, and who is right where its provider is not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from catalog import datasets, organisations
from catalog.collection import sources
from catalog.organisations import Organisation
from schemas.authority import claimed
from schemas.authority_source import Scope, Source
from schemas.dataset import Dataset, Field, Sharing
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, Unknown
from schemas.request_want import Request


def officials(connection: Connection, request: Request, tree: DivisionTree) -> Request:
    """The request with the data administration responsible for it, and the body above that.

    Whoever asks or provides decides nothing here, except that a provider checks by itself where there is nobody else.
    """
    asker = organisations.organisation(connection, request.requester)
    provider = _of(connection, request.provider)
    base = provider.division if provider else asker.division
    involved = {request.requester, request.provider}
    chain = [one for one in organisations.authorities_of(connection, base, tree) if one.credit_code not in involved]
    authority = chain[0] if chain else None
    above = [provider.parent if provider else "", authority.parent if authority else ""]
    above += [one.credit_code for one in chain[1:]] + [provider.line if provider else ""]
    taken = involved | {authority.credit_code if authority else ""}
    superior = next((code for code in above if code and code not in taken), "")
    found = authority.credit_code if authority else request.provider
    if not found:
        raise BadInput(
            f"no data administration 政务数据主管部门 is registered for {asker.division} or above it, so that nobody "
            "could take up a demand: `yishu org add … --authority` registers one"
        )
    return replace(request, authority=found, superior=superior)


def _of(connection: Connection, credit_code: str) -> Organisation | None:
    return organisations.organisation(connection, credit_code) if credit_code else None


def requested(connection: Connection, request: Request) -> Dataset | None:
    """The dataset that a request asks for; None for a demand, BadInput where it is there no more."""
    if not request.want.dataset:
        return None
    try:
        return datasets.get(connection, request.want.dataset)
    except Unknown as gone:
        raise BadInput(f"{gone}; ask for another dataset, or for the data in words") from gone


def pointed(connection: Connection, request: Request, dataset: Dataset, items: Sequence[str]) -> Request:
    """The request with that dataset, its provider, and these items of it; BadInput for items that it has not."""
    names = {field.name for field in dataset.fields}
    strange = [name for name in items if name not in names]
    if strange or not items:
        raise BadInput(
            f"items: found {', '.join(strange)[:200] or 'none'}, expected some of {', '.join(sorted(names))}"
        )
    if dataset.sharing is Sharing.WITHHELD:
        raise BadInput(f"{dataset.key} is withheld 不予共享; it must be reclassified before it can meet a request")
    if dataset.owner == request.requester:
        raise BadInput(f"{dataset.key} is the requester's own")
    organisations.organisation(connection, dataset.owner)
    want = replace(request.want, dataset=dataset.key, items=tuple(items))
    mine = replace(request, want=want, provider=dataset.owner, refused={})
    return replace(mine, title=dataset.title, title_en=dataset.title_en)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where and when items are looked for: as the authority registry asks."""

    tree: DivisionTree
    day: date


def authority_source(
    connection: Connection, request: Request, dataset: Dataset, at: Elsewhere
) -> tuple[Dataset, tuple[str, ...]] | None:
    """Another dataset that is the authority 数源 of most of the items, and those items there; None where none is.

    The registry decides; where it is silent, what contracts claim. What is withheld is never found, so that a reroute
    names nothing that the requester may not know of.
    """
    wanted = [field for field in dataset.fields if field.name in request.want.items]
    elements = {field.element for field in wanted if field.element}
    right = {one: _registered(connection, request, dataset, one, at) for one in elements}
    named = {field.authority for field in wanted if field.authority}
    score: Counter[str] = Counter()
    known = {one.key: one for one in datasets.listed(connection) if _may_be(one, dataset, request)}
    for one in known.values():
        score[one.key] = sum(_is_right(one, field, right, named) for field in one.fields if field.element in elements)
    best, points = max(score.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    if not points:
        return None
    found = known[best]
    items = tuple(field.name for field in found.fields if field.element in elements and field.shareable)
    return (found, items) if items else None


def _registered(
    connection: Connection, request: Request, dataset: Dataset, element: str, at: Elsewhere
) -> Source | None:
    place = request.want.divisions[0] if request.want.divisions else dataset.division
    scope = Scope(dataset.subject_kind, place, at.day)
    return sources.authority(connection, element, scope, at.tree)


def _is_right(one: Dataset, field: Field, right: Mapping[str, Source | None], named: set[str]) -> bool:
    registered = right.get(field.element or "")
    if registered is not None:
        return registered.dataset == one.key or (not registered.dataset and registered.organisation == one.owner)
    return claimed(one, field) or one.key in named or one.owner_name in named


def _may_be(one: Dataset, dataset: Dataset, request: Request) -> bool:
    others = one.owner not in (dataset.owner, request.requester)
    return others and one.sharing is not Sharing.WITHHELD and one.subject_kind == dataset.subject_kind
