"""One ask for rows on its way to an answer: what is decided, what is on record, what stands in the headers."""

from dataclasses import dataclass, replace

import pyarrow as pa

from api.answering import answering
from api.answers import row_headers
from api.caller import Call, bearer
from api.disputed import header
from api.formats import Format
from api.pages_of_rows import Place, same_grant
from api.shown import refusal
from api.wanted import Packed, Shape
from catalog.corrections.disputed import Disputed, disputed, facts
from catalog.filters.expression import outline
from catalog.rule.delta import with_key
from schemas.access import Ask, Decision
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk


@dataclass(frozen=True, slots=True)
class Reading:
    """One ask for rows."""

    call: Call
    dataset: Dataset
    ask: Ask
    shape: Shape
    place: Place
    bound: Json
    """What a cursor of this ask belongs to."""
    signed: bool = False
    """Whether the caller is whom a signed address was made for; whoever sends it counts for nothing."""


def decided(reading: Reading) -> Decision:
    """The decision, on the version that was asked for; Unknown where that is not there."""
    version, shelf = reading.place.version, reading.call.desk.shelf
    decision = shelf.decide(reading.ask)
    if version and decision.allowed:  # nobody learns which versions there are who may not read them
        shelf.version(reading.dataset.key, version)
        decision = shelf.decide(reading.ask, version)
    if decision.allowed:
        same_grant(reading.place, decision)
        _filterable(reading, decision.version)
    return decision if reading.shape.since is None else with_key(decision, reading.dataset)


def _filterable(reading: Reading, version: int) -> None:
    """BadAsk where a filter is put to a version that was published under other columns than today's."""
    if reading.ask.filter is None:
        return
    found = reading.call.desk.shelf.version(reading.dataset.key, version).schema_hash
    if found != schema_hash(arrow_schema(reading.dataset)):
        raise BadAsk(
            f"filter: version {version} was published under other columns than the contract has today, and cannot be "
            "filtered by them; leave the filter out, or wait for the next version"
        )


def earlier(reading: Reading, decision: Decision, since: int) -> Decision:
    """The same permission on the version that a delta starts from; BadAsk or Unknown where there is none such."""
    if since > decision.version:
        raise BadAsk(f"since: found {since}, expected a version up to the one that is served, {decision.version}")
    reading.call.desk.shelf.version(reading.dataset.key, since)
    return reading.call.desk.shelf.decide(reading.ask, since)


def again(reading: Reading, version: int) -> Decision:
    """The same ask on the version that is being sent: the credential, the grant and the dataset as they are now."""
    desk, now = reading.call.desk, reading.call.desk.now()
    parties = desk.shelf.parties
    if reading.signed:
        subject = parties.subject_of(reading.call.subject.credential, now)
    else:
        subject = parties.subject(bearer(reading.call.request), now)
    return desk.shelf.decide(replace(reading.ask, subject=subject, moment=now), version)


def recorded(reading: Reading, decision: Decision, protocol: str = "") -> dict[str, str]:
    """The receipt is written here, refused or not; what follows may send bytes. Raises Refused.

    `protocol` is that of others by which the rows were asked for, where it was not by ours.
    """
    desk, shape = reading.call.desk, reading.shape
    extra = {
        "format": protocol or shape.format.value,
        "method": reading.call.request.method,
        "page": shape.page,
        "after": reading.place.served,
        "since": shape.since,
        "filter_outline": outline(reading.ask.filter),
    }
    receipt = desk.shelf.record(decision, extra)
    desk.counters.add("yishu_decisions_total", code=decision.code)
    if not decision.allowed:
        raise refusal(decision, receipt.number, reading.call.lang)
    name = f"{reading.dataset.key}.v{decision.version}.{shape.ending}" if shape.ending else ""
    with answering(desk, receipt.number, reading.dataset.key):
        found = disputed(desk.shelf, decision)
    headers = row_headers(receipt.number, decision.version, _etag(reading, decision, found), name) | header(found)
    return headers | ({"Content-Encoding": "gzip"} if shape.packed is Packed.ON_THE_WAY else {})


def mark(reading: Reading, decision: Decision) -> str:
    """Differs with anything that the rows of an answer depend on, and with nothing that the caller may not see."""
    scope = decision.rows
    tree = reading.call.desk.shelf.tree().digest if scope and scope.divisions else ""
    told = [
        [reading.dataset.contract_hash, tree],
        decision.ask.subject.system,
        decision.ask.subject.organisation,
        decision.ask.dataset,
        decision.version,
        decision.basis,
        decision.grant,
        [(c.name, c.transform) for c in decision.served],
        [scope.column, scope.divisions, scope.at, scope.keys, scope.key_columns, scope.filter] if scope else None,
        scope.roster if scope else "",
    ]
    return reading.call.desk.seal.tag(told, purpose="rows")


def _etag(reading: Reading, decision: Decision, found: tuple[Disputed, ...]) -> str:
    shape, place = reading.shape, reading.place
    told: list[Json] = [
        mark(reading, decision),
        [shape.format, shape.page, shape.since, shape.bom, shape.codec, shape.packed],
        [place.group, place.skip, pa.__version__],
    ]
    if found and shape.format is not Format.CSV:  # whose bytes do not say what is disputed
        told.append(facts(found))
    return f'"{reading.call.desk.seal.tag(told, purpose="etag")}"'
