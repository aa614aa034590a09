"""The whole draft: what is known of source and owner, what is likely, and as TODO what only a person knows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cli.drafting.column import Item
from cli.drafting.field import field_lines, remark, text
from connectors.exploring import Offer
from connectors.records import MOST_NAMES
from schemas.dataset import Json
from schemas.likely import moves
from schemas.lint_proposals import MARK

NAMED = 5
"""Optional fields whose number of records is told."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the data are, and how that is known."""

    credit_code: str
    name: str
    division: str
    why: str = ""
    """Empty where somebody said so."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """Everything that a draft is written from."""

    key: str
    connection: str
    offer: Offer
    items: tuple[Item, ...]
    sampled: int
    """Rows that were looked at."""
    title: str
    """As somebody said, or as the source does; empty where nobody did."""
    title_en: str
    owner: Owner | None
    day: date
    stream: bool
    """Whether messages come all day, so that each window adds its own."""

    @property
    def subject(self) -> str:
        """Whom a row is likely about."""
        elements = {item.element.id for item in self.items if item.element}
        return "person" if "resident_id" in elements else "enterprise" if "credit_code" in elements else ""

    @property
    def scope(self) -> Item | None:
        """The place that rows are likely shared by."""
        return next((item for item in self.items if item.is_place), None)


def draft_text(of: Drafted) -> str:
    """The contract; `yishu contract lint` finds nothing in it but the TODOs."""
    return "\n".join([*_head(of), *_customs(of), *_source(of), *_schema(of), ""])


def _head(of: Drafted) -> Iterator[str]:
    department, _ = of.key.split(".")
    title = text(of.title or "TODO title in Chinese")
    yield "# yaml-language-server: $schema=../odcs-yishu.schema.json"
    source = remark(f"{of.connection}:{of.offer.name}")
    yield f"# Drafted from {source} on {of.day}: {len(of.items)} columns, {of.sampled} rows sampled."
    yield "# TODO: only a person knows it; the contract is refused until it is filled in."
    yield "# Marked as a proposal, with its reason: likely, not said by the source. Agree and take the mark away, or"
    yield "# correct the line; where the line is commented out, uncomment it to take it."
    yield "apiVersion: v3.1.0"
    yield "kind: DataContract"
    yield f"id: {of.key}"
    yield f"name: {title}" + (f"  {MARK} the source's own comment" if of.title and of.title == of.offer.comment else "")
    yield "version: 1.0.0"
    yield "status: active"
    yield f"domain: {department}"
    if of.owner and not of.owner.division.startswith("TODO"):
        yield f"tenant: {text(of.owner.division)}"
    yield "description:"
    yield '  purpose: "TODO what a row is, in Chinese"'
    yield '  usage: "TODO what it may be used for"'
    yield "tags: []"


def _customs(of: Drafted) -> Iterator[str]:
    owner = of.owner or Owner("TODO 18 characters", "TODO name of the owner", "TODO 12 digits")
    told = f"{{credit_code: {text(owner.credit_code)}, name: {text(owner.name)}, division: {text(owner.division)}}}"
    keyed = any(item.key for item in of.items)
    yield "customProperties:"
    yield f"  - {{property: yishu.title_en, value: {text(of.title_en or 'TODO title in English')}}}"
    yield '  - {property: yishu.description_en, value: "TODO what a row is, in English"}'
    yield "  - property: yishu.owner"
    yield f"    value: {told}" + (f"  {MARK} {remark(owner.why)}" if owner.why else "")
    yield "  - property: yishu.sharing"
    yield "    # open 开放 | unconditional 无条件共享 | conditional 有条件共享: condition | withheld 不予共享: basis"
    yield '    value: {class: "TODO one of these", condition: "", basis: ""}'
    yield f"  - {{property: yishu.update_cycle, value: P1D}}  {MARK} daily; how often do the data change?"
    if of.subject:
        yield f"  - {{property: yishu.subject, value: {of.subject}}}  {MARK} by the numbers that it holds"
    else:
        yield f"  # - {{property: yishu.subject, value: person}}  {MARK} or enterprise, where a row is about one"
    if of.scope:
        yield f"  - {{property: yishu.scope, value: {of.scope.name}}}  {MARK} the place that rows are shared by"
    yield f"  - {{property: yishu.purposes, value: [public_service, statistics]}}  {MARK} what may they be asked for?"
    modes, why = ("[bulk, query, verify]", "") if keyed else ("[bulk, query]", " No verify: the source has no key")
    yield f"  - {{property: yishu.modes, value: {modes}}}  {MARK} how may they be asked for?{why}"


def _source(of: Drafted) -> Iterator[str]:
    yield "  - property: yishu.source"
    yield "    value:"
    yield f"      kind: {of.offer.kind}"
    yield f"      connection: {text(of.connection)}"
    if of.stream:
        yield "      load: append"
    else:
        yield f"      load: snapshot  {MARK} each delivery is the whole truth; append: each adds its rows"
    yield f'      schedule: "0 2 * * *"  {MARK} at two in the night'
    yield f'      null_markers: [""]  {MARK} the empty text means missing; [] keeps it apart from NULL'
    yield "      options:"
    yield from (f"        {line}" for line in _options(of))


def _options(of: Drafted) -> Iterator[str]:
    facts: Mapping[str, Json] = of.offer.options
    for name, value in facts.items():
        if name not in of.offer.proposals:
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
    for name, one in of.offer.proposals.items():
        value = json.dumps(one.value, ensure_ascii=False)
        if one.certain:
            yield f"{name}: {value}  {MARK} {remark(one.why)}"
        else:
            yield f"{name}: {text(f'TODO {name}, perhaps {value}: {one.why}')}"
    if lacking := [item for item in of.items if item.column.missing[0] and not item.declared.left_out]:
        yield f"optional: {json.dumps([item.name for item in lacking])}  {MARK} {_lacking(lacking)}"
    if of.offer.kind == "sql_table":
        moment = next((i for i in of.items if i.is_moment and moves(i.column.name, i.column.comment)), None)
        if moment:
            why = "it seems to change with its row, so that each run could read what is new; then load: append"
            yield f"# window_column: {text(moment.column.name)}  {MARK} {why}"


def _lacking(items: Sequence[Item]) -> str:
    if len(items) == 1:
        return "missing in {} of {} records".format(*items[0].column.missing)
    most = sorted(items, key=lambda item: -item.column.missing[0])
    told = ", ".join(f"{item.name} in {item.column.missing[0]}" for item in most[:NAMED])
    return f"missing of {items[0].column.missing[1]} records: {told}" + (", …" if len(items) > NAMED else "")


def _schema(of: Drafted) -> Iterator[str]:
    _, name = of.key.split(".")
    yield "schema:"
    yield f"  - name: {name}"
    yield "    logicalType: object"
    yield "    physicalType: table"
    yield f"    businessName: {text(of.title or 'TODO title in Chinese')}"
    if len(of.items) >= MOST_NAMES and of.items[0].column.missing[1]:
        yield f"    {MARK} the first {MOST_NAMES} names of the records; are they names, or values? Are more wanted?"
    yield "    properties:"
    for item in of.items:
        yield from (f"      {line}" for line in field_lines(item))
