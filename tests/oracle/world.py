"""A small literal world: places, organisations, datasets, grants and rows, all written out by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from schemas.access import Ask, Consent, Grant, Mode, Roster, Standing, Subject, Tier
from schemas.dataset import (
    Dataset,
    Field,
    FieldType,
    Grade,
    Identifying,
    Kind,
    ScopeRole,
    Sharing,
    Source,
    Transform,
)
from schemas.divisions import Change, Division, DivisionTree, Lineage
from schemas.journey import SHANGHAI

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
_MERGED = date(2018, 12, 26)
_SPLIT = date(2020, 1, 1)

TREE = DivisionTree(
    [
        Division("370000000000", "山东省", Tier.PROVINCE, ""),
        Division("370400000000", "枣庄市", Tier.CITY, "370000000000"),
        Division("370402000000", "市中区", Tier.COUNTY, "370400000000"),
        Division("370406000000", "山亭区", Tier.COUNTY, "370400000000"),
        Division("370499000000", "甲乙区（虚构）", Tier.COUNTY, "370400000000", None, _SPLIT),
        Division("370402001000", "第一街道（虚构）", Tier.TOWN, "370402000000"),
        Division("370402001001", "第一社区（虚构）", Tier.VILLAGE, "370402001000"),
        Division("370402001001001", "第一网格（虚构）", Tier.GRID, "370402001001"),
        Division("370100000000", "济南市", Tier.CITY, "370000000000"),
        Division("370116000000", "莱芜区", Tier.COUNTY, "370100000000", _MERGED),
        Division("371200000000", "莱芜市", Tier.CITY, "370000000000", None, _MERGED),
        Division("371202000000", "莱城区", Tier.COUNTY, "371200000000", None, _MERGED),
        Division("320000000000", "江苏省", Tier.PROVINCE, ""),
        Division("320300000000", "徐州市", Tier.CITY, "320000000000"),
        Division("320312000000", "铜山区", Tier.COUNTY, "320300000000"),
    ],
    [
        Lineage("371202000000", "370116000000", _MERGED, Change.RENAME),
        Lineage("370499000000", "370402000000", _SPLIT, Change.SPLIT),
        Lineage("370499000000", "370406000000", _SPLIT, Change.SPLIT),
    ],
)

CIVIL, HEALTH, SOCIAL = "113704000000000A01", "113704000000000H01", "113704000000000S01"
COUNTY_HEALTH, SHANTING_HEALTH, LAIWU_HEALTH = "113704020000000H02", "113704060000000H06", "113701160000000H16"
TONGSHAN_HEALTH, PROVINCE_HEALTH = "113203120000000H12", "113700000000000H00"
TOWN_OFFICE, VILLAGE_OFFICE, GRID_OFFICE = "113704020010000T01", "553704020010010V01", "553704020010010G01"
COMPANY, LAIWU_OLD = "913704000000000E01", "113712020000000H20"


def system(organisation: str, division: str, tier: Tier, *, government: bool = True) -> Subject:
    """A registered system of an organisation."""
    return Subject(
        "sys-" + organisation[-3:], organisation, "单位" + organisation[-3:], division, tier, government=government
    )


SUBJECTS: Mapping[str, Subject] = {
    "province": system(PROVINCE_HEALTH, "370000000000", Tier.PROVINCE),
    "city": system(HEALTH, "370400000000", Tier.CITY),
    "city short": system(SOCIAL, "3704", Tier.CITY),
    "owner": system(CIVIL, "370400000000", Tier.CITY),
    "county": system(COUNTY_HEALTH, "370402000000", Tier.COUNTY),
    "shanting": system(SHANTING_HEALTH, "370406", Tier.COUNTY),
    "laiwu": system(LAIWU_HEALTH, "370116000000", Tier.COUNTY),
    "laiwu old": system(LAIWU_OLD, "371202", Tier.COUNTY),
    "foreign": system(TONGSHAN_HEALTH, "320312000000", Tier.COUNTY),
    "town": system(TOWN_OFFICE, "370402001", Tier.TOWN),
    "village": system(VILLAGE_OFFICE, "370402001001", Tier.VILLAGE),
    "grid": system(GRID_OFFICE, "370402001001001", Tier.GRID),
    "company": system(COMPANY, "370402000000", Tier.COUNTY, government=False),
    "public": Subject("", "", "", "", Tier.GRID, clearance=Grade.GENERAL_1, government=False),
}

_TEXT = FieldType(Kind.STRING)


def _field(name: str, **more: Any) -> Field:
    return replace(Field(name, name, name, _TEXT, name, grade=Grade.GENERAL_2), **more)


def _dataset(key: str, sharing: Sharing, fields: tuple[Field, ...], **more: Any) -> Dataset:
    plain = Dataset(
        key=key,
        version="1.0.0",
        title=key,
        title_en=key,
        description="",
        description_en="",
        owner=CIVIL,
        owner_name="枣庄市民政局（虚构）",
        division="370400000000",
        sharing=sharing,
        sharing_condition="",
        withheld_basis="",
        fields=fields,
        rules=(),
        source=Source("csv_folder", "", {}),
        update_cycle="P1D",
        modes=("bulk", "query", "verify"),
    )
    return replace(plain, **more)


PERSON_FIELDS = (
    _field("person_id", key=1, element="resident_id", identifying=Identifying.DIRECT, grade=Grade.GENERAL_3),
    _field("name", identifying=Identifying.DIRECT, grade=Grade.GENERAL_3),
    _field("phone", element="mobile", identifying=Identifying.DIRECT, transform=Transform.MASK),
    _field("birthday", identifying=Identifying.QUASI, transform=Transform.BUCKET),
    _field("illness", identifying=Identifying.SENSITIVE, grade=Grade.GENERAL_4, transform=Transform.TOKEN),
    _field("household", element="division", scope=ScopeRole.HOUSEHOLD),
    _field("collected", element="division", scope=ScopeRole.COLLECTED_BY),
    _field("amount", grade=Grade.GENERAL_1),
    _field("note", shareable=False, withheld_basis="内部审核记录"),
    _field("plan", grade=Grade.IMPORTANT),
    _field("secret", grade=Grade.CORE),
    _field("draft", transform=Transform.DROP),
)
PERSON = {"subject_kind": "person", "default_scope": "household"}

DATASETS: Mapping[str, Dataset] = {
    one.key: one
    for one in (
        _dataset("civil_affairs.low_income", Sharing.CONDITIONAL, PERSON_FIELDS, **PERSON),
        _dataset("civil_affairs.checkup", Sharing.CONDITIONAL, PERSON_FIELDS, **PERSON, consent=True),
        _dataset("civil_affairs.inspection", Sharing.WITHHELD, PERSON_FIELDS, **PERSON, withheld_basis="条例第九条"),
        _dataset(
            "civil_affairs.province_wide",
            Sharing.CONDITIONAL,
            PERSON_FIELDS,
            **PERSON,
            owner=PROVINCE_HEALTH,
            division="370000000000",
        ),
        _dataset(
            "civil_affairs.jinan",
            Sharing.CONDITIONAL,
            PERSON_FIELDS,
            **PERSON,
            owner="113701000000000J01",
            division="370100000000",
        ),
        _dataset("civil_affairs.of_county", Sharing.CONDITIONAL, PERSON_FIELDS, **PERSON, division="370402000000"),
        _dataset("civil_affairs.people_open", Sharing.OPEN, (
            _field("person_id", key=1, element="resident_id", identifying=Identifying.DIRECT),
            _field("age", grade=Grade.GENERAL_1, identifying=Identifying.QUASI),
            _field("household", grade=Grade.GENERAL_1, scope=ScopeRole.HOUSEHOLD),
        ), **PERSON),
        _dataset("credit.penalty", Sharing.OPEN, (
            _field("number", key=1, grade=Grade.GENERAL_1),
            _field("credit_code", grade=Grade.GENERAL_1, element="credit_code", identifying=Identifying.DIRECT),
            _field("place", grade=Grade.GENERAL_1, scope=ScopeRole.OCCURRENCE),
            _field("handler"),
            _field("remark", grade=Grade.GENERAL_1, shareable=False),
            _field("sum", grade=Grade.GENERAL_1, transform=Transform.BUCKET),
        ), subject_kind="enterprise", default_scope="place"),
        _dataset("market_regulation.enterprise", Sharing.UNCONDITIONAL, (
            _field("credit_code", key=1, element="credit_code", identifying=Identifying.DIRECT),
            _field("registered", scope=ScopeRole.REGISTERED),
            _field("contact", element="mobile", identifying=Identifying.DIRECT),
        ), subject_kind="enterprise", default_scope="registered"),
        _dataset("standards.industries", Sharing.UNCONDITIONAL, (_field("code", key=1), _field("title"))),
        _dataset("health.records", Sharing.CONDITIONAL, (
            _field("record_no", key=1),
            _field("person_id", element="resident_id", identifying=Identifying.DIRECT),
            _field("residence", scope=ScopeRole.RESIDENCE),
        ), subject_kind="person", default_scope="residence", consent=True),
        _dataset("health.screenings", Sharing.CONDITIONAL, (
            _field("record_no", key=1),
            _field("person_id", element="resident_id", identifying=Identifying.DIRECT),
            _field("residence", scope=ScopeRole.RESIDENCE),
        ), subject_kind="person", default_scope="residence", subject_key=("person_id",)),
        _dataset("health.visits", Sharing.CONDITIONAL, (
            _field("person_id", key=1, element="resident_id", identifying=Identifying.DIRECT),
            _field("day", key=2),
            _field("card", identifying=Identifying.DIRECT),
        ), subject_kind="person", consent=True),
    )
}  # fmt: skip
LOW_INCOME = DATASETS["civil_affairs.low_income"]

PLACES = (
    "370402000000",
    "370402001001",
    "370402001001001",
    "370402",
    "370406000000",
    "370499000000",
    "370116000000",
    "371202000000",
    "371202",
    "320312000000",
    "3704",
    "",
)
"""Places that rows of the world name, spelled as departments spell them; the last row has none."""


def rows_of(dataset: Dataset) -> list[dict[str, str]]:
    """One row for each place; where a dataset has a second role of place, that one is turned by one place."""
    columns = list(dataset.scopes().values())
    rows = []
    for number, _ in enumerate(PLACES):
        row = {f.name: f"{f.name}-{number}" for f in dataset.fields}
        for turn, column in enumerate(columns):
            row[column] = PLACES[(number + turn) % len(PLACES)]
        rows.append(row)
    return rows


def grant(number: str = "G-1", to: str = "city", dataset: str = LOW_INCOME.key, **more: Any) -> Grant:
    """A grant in force for every mode, for social assistance, on the household of the whole city."""
    plain = Grant(
        number=number,
        dataset=dataset,
        organisation=SUBJECTS[to].organisation,
        purpose="social_assistance",
        modes=tuple(Mode),
        columns=(),
        transforms={},
        divisions=("370400000000",),
        scope=ScopeRole.HOUSEHOLD,
        start=datetime(2026, 1, 1, tzinfo=SHANGHAI),
        end=datetime(2027, 1, 1, tzinfo=SHANGHAI),
        basis="共享条例第二十一条",
    )
    return replace(plain, **more)


def ask(who: str = "city", dataset: str = LOW_INCOME.key, **more: Any) -> Ask:
    """An ask for everything there is in mode query, for social assistance."""
    plain = Ask(SUBJECTS[who], dataset, Mode.QUERY, "social_assistance", NOW)
    return replace(plain, **more)


def consent(key: str, to: str = "city", **more: Any) -> Consent:
    """A consent in force for social assistance."""
    plain = Consent(key, SUBJECTS[to].organisation, "social_assistance", datetime(2026, 12, 31, tzinfo=SHANGHAI))
    return replace(plain, **more)


PUBLISHED = Standing(published=True, held_back=False, version=7)


def roster(to: str = "city", **more: Any) -> Roster:
    """The roster of those who consented to social assistance by `civil_affairs.checkup`."""
    plain = Roster("civil_affairs.checkup", SUBJECTS[to].organisation, "social_assistance", 2, "mark", NOW)
    return replace(plain, **more)
