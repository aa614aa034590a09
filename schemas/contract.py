"""Reads a data contract: one file of Open Data Contract Standard v3.1 YAML is one dataset."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas.access import PURPOSES, ROW_MODES, Mode
from schemas.contract_catalogue import read_catalogued
from schemas.contract_derived import indicator_rules, only_derived, read_assessment, read_indicator
from schemas.contract_fields import NAME, Property, checked_name, read_properties
from schemas.contract_formats import FORMATS
from schemas.contract_lines import Lines, lines_of
from schemas.contract_page import Page, Table, customs
from schemas.contract_quality import read_rules
from schemas.contract_source import DERIVED, merging, read_source
from schemas.contract_words import DESCRIPTION, OBJECT, OPEN, OURS, OWNER, ROOT, SHARING, STATUSES, TIERS, TRANSFORMS
from schemas.dataset import Dataset, Json, Opening, Sharing
from schemas.durations import cycle_minutes
from schemas.engine import Engine
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.standards.credit_code import check_credit_code
from schemas.standards.division_code import normalise
from schemas.yaml_text import Spot, Unreadable, compose, decode

SUFFIX = ".odcs.yaml"
DEFAULT_MODES = (Mode.BULK.value, Mode.QUERY.value, Mode.VERIFY.value)
_API = re.compile(r"v3\.1\.[0-9]+")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]+)?")
_CATALOGUE = re.compile(r"[0-9A-Za-z]([0-9A-Za-z/-]{0,62}[0-9A-Za-z])?")
_CYCLE = re.compile(r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?)?")


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract as far as it can be read: what is wrong with it, and where each of its words stands."""

    dataset: Dataset
    mistakes: tuple[Mistake, ...]
    lines: Lines


def read_contract(path: Path) -> Dataset:
    """The dataset that the file promises; ContractBroken carries every mistake of the file, in the order of lines."""
    draft = read_draft(path)
    if draft.mistakes:
        raise ContractBroken(draft.mistakes)
    return draft.dataset


def read_draft(path: Path) -> Draft:
    """The contract with its mistakes beside it, a word that is missing or wrong left empty or at its default.

    ContractBroken where the file is no YAML, so that nothing can be read.
    """
    try:
        raw, text = decode(path)
        root = compose(text, str(path))
    except Unreadable as wrong:
        raise ContractBroken([wrong.mistake]) from wrong
    page = Page(str(path))
    dataset = _dataset(page.table(Spot(root, ""), ROOT), path, hashlib.sha256(raw).hexdigest())
    mistakes = sorted(dict.fromkeys(page.mistakes), key=lambda m: m.line)
    return Draft(dataset, tuple(mistakes), lines_of(root, str(path)))


def find_contracts(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Every `<department>/<dataset>.odcs.yaml` below the folders (a file stands for itself), sorted, each once."""
    found: set[Path] = set()
    for folder in folders:
        if folder.is_file():
            found.add(folder)
        elif folder.is_dir():
            found.update(p for p in folder.rglob(f"*{SUFFIX}") if p.is_file())
        else:
            raise BadInput(
                f"{folder}: found nothing there, expected a folder of contracts or a contract file; "
                "`yishu contract new` writes the first"
            )
    return tuple(sorted(found))


def _dataset(table: Table, path: Path, digest: str) -> Dataset:
    _frame(table)
    ours = customs(table, OURS)
    about = table.table("description", DESCRIPTION, "{purpose: …, usage: …}")
    owner = ours.table("yishu.owner", OWNER, "{credit_code, name, division}")
    shared = ours.table("yishu.sharing", SHARING, "{class, condition, basis}")
    sharing = _sharing(shared)
    opened = ours.table("yishu.open", OPEN, "") if ours.has("yishu.open") else Table(table.page, table.spot, {}, True)
    opening = _opening(opened)
    body = _body(table)
    properties = read_properties(body)
    indicator = read_indicator(ours, [p.field for p in properties])
    source = read_source(ours)
    only_derived(ours, source.kind == DERIVED)
    merging(ours, source, [p.field for p in properties])
    return Dataset(
        key=_key(table, path),
        version=table.checked("version", table.text("version"), _version),
        title=table.text("name", "the Chinese name"),
        title_en=ours.text("yishu.title_en", "the English name"),
        description=about.text("purpose", "what the data are, in Chinese"),
        description_en=ours.maybe("yishu.description_en"),
        owner=owner.checked("credit_code", owner.text("credit_code"), check_credit_code),
        owner_name=owner.text("name", "the name of the providing organisation"),
        division=owner.checked("division", owner.text("division"), normalise),
        sharing=sharing,
        sharing_condition=shared.maybe("condition"),
        sharing_tiers=shared.texts("tiers", TIERS),
        sharing_transforms=shared.texts("transforms", TRANSFORMS),
        withheld_basis=shared.maybe("basis"),
        fields=tuple(p.field for p in properties),
        rules=(*read_rules(body, properties), *indicator_rules(indicator, (p.field for p in properties))),
        source=source,
        update_cycle=ours.checked("yishu.update_cycle", ours.text("yishu.update_cycle"), _cycle),
        subject_kind=ours.chosen("yishu.subject", ("person", "enterprise"), ""),
        default_scope=_scope(ours, properties),
        tags=table.texts("tags"),
        purposes=ours.texts("yishu.purposes", PURPOSES),
        modes=ours.texts("yishu.modes", ROW_MODES) or DEFAULT_MODES,
        contract_file=f"{path.parent.name}/{path.name}",
        contract_hash=digest,
        extra=_extra(ours),
        catalogue_code=ours.checked("yishu.catalogue_code", ours.maybe("yishu.catalogue_code"), _catalogue_code),
        opening=opening,
        opening_condition=opened.maybe("condition"),
        grace=ours.checked("yishu.grace", ours.maybe("yishu.grace"), _cycle),
        consent=_consent(ours),
        subject_key=_subject_key(ours, properties),
        formats=ours.texts("yishu.formats", FORMATS),
        assessment=read_assessment(ours),
        indicator=indicator,
        engine=_engine(ours),
        catalogued=read_catalogued(ours),
    )


def _frame(table: Table) -> None:
    """What every ODCS file says first."""
    table.checked("apiVersion", table.text("apiVersion", "v3.1.0"), _api)
    table.chosen("kind", ("DataContract",))
    table.chosen("status", STATUSES)
    table.maybe("domain")
    table.checked("tenant", table.maybe("tenant"), normalise)


def _key(table: Table, path: Path) -> str:
    key = table.text("id", "<department>.<dataset>")
    if not key:
        return ""
    parts = key.split(".")
    if len(parts) != 2 or not all(NAME.fullmatch(part) for part in parts):
        table.wrong("id", "<department>.<dataset>, both of small letters, digits and _, a letter first")
    elif (path.parent.name, path.name) != (parts[0], f"{parts[1]}{SUFFIX}"):
        table.wrong("id", f"the file at {parts[0]}/{parts[1]}{SUFFIX}", f"{key!r} in {path.parent.name}/{path.name}")
    return key


def _body(table: Table) -> Table:
    """The one object of the schema."""
    spots = table.items("schema")
    if len(spots) != 1:
        table.wrong("schema", "exactly one object", f"{len(spots)} objects" if table.has("schema") else "nothing")
        return Table(table.page, table.spot, {}, broken=True)
    body = table.page.table(spots[0], OBJECT)
    body.checked("name", body.text("name"), checked_name)
    body.chosen("logicalType", ("object",), "object")
    return body


def _sharing(shared: Table) -> Sharing:
    sharing = Sharing(shared.chosen("class", [s.value for s in Sharing]))
    if sharing is Sharing.WITHHELD and not shared.maybe("basis"):
        shared.wrong("basis", "the law and article that withhold these data", "nothing")
    if sharing is Sharing.CONDITIONAL and not shared.maybe("condition"):
        shared.wrong("condition", "the condition on which these data are shared", "nothing")
    return sharing


def _opening(opened: Table) -> Opening | None:
    if opened.broken:
        return None
    opening = Opening(opened.chosen("attribute", [o.value for o in Opening]))
    if opening is Opening.CONDITIONAL and not opened.maybe("condition"):
        opened.wrong("condition", "the condition on which these data are open", "nothing")
    return opening


def _engine(ours: Table) -> Engine | None:
    return Engine(ours.chosen("yishu.engine", [e.value for e in Engine])) if ours.has("yishu.engine") else None


def _consent(ours: Table) -> bool:
    """`yishu.consent`; as a key of `yishu.extra` nobody would heed it, so there it is a mistake."""
    if ours.has("yishu.extra") and "consent" in ours.page.keys(ours.entries["yishu.extra"]):
        ours.wrong("yishu.extra", "consent as a property of its own, yishu.consent", "consent in yishu.extra")
    return ours.flag("yishu.consent")


def _subject_key(ours: Table, properties: tuple[Property, ...]) -> tuple[str, ...]:
    if not ours.has("yishu.subject_key"):
        return ()
    key = ours.texts("yishu.subject_key", filter(None, (p.field.name for p in properties)))
    if not key:
        ours.wrong("yishu.subject_key", "names of the fields that name one subject", "nothing")
    return key


def _scope(ours: Table, properties: tuple[Property, ...]) -> str:
    scope = ours.maybe("yishu.scope")
    places = [p.field.name for p in properties if p.field.scope]
    if scope and scope not in places:
        expected = f"one of {', '.join(places)}" if places else "a field that has a yishu.scope_role (none has)"
        ours.wrong("yishu.scope", expected)
    return scope


def _extra(ours: Table) -> dict[str, Json]:
    extra = ours.page.plain(ours.entries["yishu.extra"]) if ours.has("yishu.extra") else {}
    if not isinstance(extra, dict):
        ours.wrong("yishu.extra", "a table of keys")
        return {}
    return extra


def _api(text: str) -> str:
    if not _API.fullmatch(text):
        raise ValueError("another version, expected v3.1.0 (this reads the Open Data Contract Standard v3.1)")
    return text


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError("no semantic version, expected three numbers such as 1.0.0")
    return text


def _catalogue_code(text: str) -> str:
    if not _CATALOGUE.fullmatch(text):
        raise ValueError("no catalogue code, expected letters, digits, / and - such as 370400000000/000014")
    return text


def _cycle(text: str) -> str:
    if not _CYCLE.fullmatch(text) or not cycle_minutes(text):
        raise ValueError("no duration, expected an ISO 8601 duration such as P1D, P1W, P1M, P1Y or PT1H")
    return text
