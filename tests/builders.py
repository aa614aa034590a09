"""Small makers of words for tests: a dataset, a subject, a verdict with real clean files, an ask, a grant."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import lake as places
from schemas.access import Ask, Grant, Mode, Subject, Tier
from schemas.arrow import arrow_schema
from schemas.dataset import (
    Dataset,
    Dimension,
    Field,
    FieldType,
    Grade,
    Identifying,
    Kind,
    ScopeRole,
    Severity,
    Sharing,
    Source,
    Transform,
)
from schemas.journey import SHANGHAI, Finding, Part, Verdict, Window

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)
DAY = date(2026, 11, 19)

ZAOZHUANG = "370400000000"
SHIZHONG = "370402000000"
XUECHENG = "370403000000"
TENGZHOU = "370481000000"
JINAN_LAIWU = "370116000000"
OLD_LAIWU = "371202000000"

CIVIL_AFFAIRS = "11370400004305679A"
HEALTH = "113704000043057X1B"
TENGZHOU_CIVIL = "11370481004312345C"

TEXT = FieldType(Kind.STRING)


def make_field(name: str, **told: Any) -> Field:
    """A text field whose other facts may be told."""
    facts: dict[str, Any] = {"name": name, "title": name, "title_en": name, "type": TEXT, "source_name": name}
    return Field(**facts | told)


LOW_INCOME_FIELDS = (
    make_field("person_id", title="公民身份号码", title_en="Resident id", key=1, required=True, element="resident_id",
               identifying=Identifying.DIRECT, grade=Grade.GENERAL_3),
    make_field("name", title="姓名", title_en="Name", identifying=Identifying.DIRECT),
    make_field("mobile", title="联系电话", title_en="Mobile", element="mobile", identifying=Identifying.SENSITIVE),
    make_field("born", title="出生日期", title_en="Born", type=FieldType(Kind.DATE), identifying=Identifying.QUASI),
    make_field("amount", title="月保障金额", title_en="Monthly amount", type=FieldType(Kind.DECIMAL, 18, 2)),
    make_field("household", title="户籍地", title_en="Household division", element="division",
               scope=ScopeRole.HOUSEHOLD, identifying=Identifying.QUASI),
)  # fmt: skip


def make_dataset(key: str = "civil_affairs.low_income", **told: Any) -> Dataset:
    """城乡低保对象 of Zaozhuang, sorted by household division; anything may be told otherwise."""
    facts: dict[str, Any] = {
        "key": key,
        "version": "1.0.0",
        "title": "城乡低保对象",
        "title_en": "Recipients of subsistence allowances",
        "description": "",
        "description_en": "",
        "owner": CIVIL_AFFAIRS,
        "owner_name": "枣庄市民政局",
        "division": ZAOZHUANG,
        "sharing": Sharing.CONDITIONAL,
        "sharing_condition": "",
        "withheld_basis": "",
        "fields": LOW_INCOME_FIELDS,
        "rules": (),
        "source": Source("sql_table", "civil_affairs", {"table": "low_income"}),
        "update_cycle": "P1D",
        "subject_kind": "person",
        "default_scope": "household",
    }
    made = Dataset(**facts | told)
    return (
        replace(made, contract_hash=hashlib.sha256(repr(made).encode()).hexdigest()) if not made.contract_hash else made
    )


def make_subject(division: str = TENGZHOU, tier: Tier = Tier.COUNTY, **told: Any) -> Subject:
    """The system of 滕州市民政局."""
    facts: dict[str, Any] = {
        "system": "tengzhou-civil",
        "organisation": TENGZHOU_CIVIL,
        "organisation_name": "滕州市民政局",
        "division": division,
        "tier": tier,
        "clearance": Grade.GENERAL_4,
    }
    return Subject(**facts | told)


def make_ask(subject: Subject | None = None, dataset: str = "civil_affairs.low_income", **told: Any) -> Ask:
    """A query for social assistance, now."""
    facts: dict[str, Any] = {"mode": Mode.QUERY, "purpose": "social_assistance", "moment": NOW}
    return Ask(subject=subject or make_subject(), dataset=dataset, **facts | told)


def make_grant(organisation: str = TENGZHOU_CIVIL, dataset: str = "civil_affairs.low_income", **told: Any) -> Grant:
    """Everything of the dataset within Tengzhou by household, for a year around now."""
    facts: dict[str, Any] = {
        "number": "",
        "purpose": "social_assistance",
        "modes": (Mode.QUERY, Mode.BULK, Mode.VERIFY),
        "columns": (),
        "transforms": {},
        "divisions": (TENGZHOU,),
        "scope": ScopeRole.HOUSEHOLD,
        "start": NOW - timedelta(days=100),
        "end": NOW + timedelta(days=265),
    }
    return Grant(dataset=dataset, organisation=organisation, **facts | told)


def low_income_row(number: int, household: str | None = TENGZHOU, **told: Any) -> dict[str, Any]:
    """One clearly artificial row."""
    born = date(1950 + number % 50, 1 + number % 12, 1 + number % 28)
    return {
        "person_id": f"{(household or '999999')[:6]}{born:%Y%m%d}{number % 1000:03d}X",
        "name": f"样例{number:04d}",
        "mobile": f"199{number:08d}",
        "born": born,
        "amount": 600 + number,
        "household": household,
    } | told


def make_table(dataset: Dataset, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows in the declared schema, sorted by (default scope, key) as clean files are."""
    table = pa.Table.from_pylist(list(rows), schema=arrow_schema(dataset))
    order = [name for name in (dataset.default_scope, *dataset.key_fields) if name]
    return table.sort_by([(name, "ascending") for name in order]) if order else table


def make_verdict(  # noqa: PLR0917
    lake: Path,
    dataset: Dataset,
    rows: Sequence[dict[str, Any]],
    day: date = DAY,
    blocked: tuple[str, ...] = (),
    quarantined: int = 0,
    duplicates: int = 0,
) -> Verdict:
    """A verdict whose clean rows really lie in the lake."""
    window = Window.of_day(day)
    folder = lake / places.verdict(dataset.key, window)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "clean-0001.parquet"
    pq.write_table(make_table(dataset, rows), file)
    data = file.read_bytes()
    part = Part(str(file.relative_to(lake)), len(rows), len(data), hashlib.sha256(data).hexdigest())
    finding = Finding(
        "person_id.required", "expect_column_values_to_not_be_null", Severity.ERROR, Dimension.COMPLETENESS,
        ("person_id",), checked=len(rows) + quarantined, failed=quarantined, success=not quarantined,
    )  # fmt: skip
    return Verdict(
        dataset=dataset.key,
        contract=dataset.contract_hash,
        window=window,
        read=len(rows) + quarantined + duplicates,
        passed=len(rows),
        quarantined=quarantined,
        duplicates=duplicates,
        findings=(finding,),
        scores={Dimension.COMPLETENESS: 1.0},
        blocked=blocked,
        clean=(part,),
        quarantine=(),
        checked_at=NOW,
    )


def transform_of(dataset: Dataset, **transforms: Transform) -> Dataset:
    """The same dataset with other default transforms, by field name."""
    fields = tuple(replace(f, transform=transforms.get(f.name, f.transform)) for f in dataset.fields)
    return replace(dataset, fields=fields)
