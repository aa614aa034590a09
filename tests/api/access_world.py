"""The small world of `access_table.md`: its tables as facts, thirteen rows in four datasets, seven askers, one app."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from starlette.testclient import TestClient

from api.app import create_app
from catalog.database import connect
from catalog.ledger.book import open_ledger
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf
from schemas.access import Mode, Tier
from schemas.dataset import Dataset, FieldType, Grade, Identifying, Kind, ScopeRole, Sharing, Transform
from schemas.division import Division
from schemas.settings import read_settings
from tests.api.conftest import Clock
from tests.builders import DAY, NOW, make_dataset, make_field, make_grant, make_verdict

PAGE = Path(__file__).parent / "access_table.md"
MONEY = FieldType(Kind.DECIMAL, 18, 2)
DATE = FieldType(Kind.DATE)
OFFERED = ("bulk", "delta", "query", "verify")
EVERY = (Mode.BULK, Mode.DELTA, Mode.QUERY, Mode.VERIFY, Mode.FILE)
Row = Mapping[str, object]


def table(heading: str) -> list[dict[str, str]]:
    """The table under `## … heading` of the page: a dict for each line, backticks gone."""
    text = PAGE.read_text(encoding="utf-8").split(f" {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], line, strict=True)) for line in cells[2:]]


PLACES = {line["row"]: line for line in table("Rows")}
ASKERS = {line["asker"]: line for line in table("Askers")}
CLASSES = {line["class"].split()[0]: line for line in table("Datasets")}

PENALTY = make_dataset(
    "credit.penalty",
    sharing=Sharing.OPEN,
    modes=OFFERED,
    subject_kind="enterprise",
    default_scope="place",
    fields=(
        make_field("number", key=1, required=True, grade=Grade.GENERAL_1),
        make_field("company", grade=Grade.GENERAL_1, identifying=Identifying.DIRECT),
        make_field("sum", type=MONEY, grade=Grade.GENERAL_1, transform=Transform.BUCKET),
        make_field("place", element="division", scope=ScopeRole.OCCURRENCE, grade=Grade.GENERAL_1),
        make_field("handler", grade=Grade.GENERAL_2),
        make_field("remark", grade=Grade.GENERAL_1, shareable=False),
    ),
)
ENTERPRISE = make_dataset(
    "market.enterprise",
    sharing=Sharing.UNCONDITIONAL,
    modes=OFFERED,
    subject_kind="enterprise",
    default_scope="registered",
    fields=(
        make_field("credit_code", key=1, required=True, element="credit_code", identifying=Identifying.DIRECT),
        make_field("name", grade=Grade.GENERAL_1),
        make_field("contact", element="mobile", identifying=Identifying.DIRECT),
        make_field("capital", type=MONEY),
        make_field("registered", element="division", scope=ScopeRole.REGISTERED),
        make_field("remark", shareable=False),
    ),
)
PERSON = (
    make_field("person_id", key=1, required=True, element="resident_id", identifying=Identifying.DIRECT,
               grade=Grade.GENERAL_3),
    make_field("name", identifying=Identifying.DIRECT, transform=Transform.MASK),
    make_field("phone", element="mobile", identifying=Identifying.SENSITIVE),
    make_field("born", type=DATE, identifying=Identifying.QUASI, transform=Transform.BUCKET),
    make_field("bank", identifying=Identifying.SENSITIVE, grade=Grade.GENERAL_4, transform=Transform.TOKEN),
    make_field("amount", type=MONEY),
    make_field("household", element="division", scope=ScopeRole.HOUSEHOLD, identifying=Identifying.QUASI),
    make_field("collected", element="division", scope=ScopeRole.COLLECTED_BY),
    make_field("plan", grade=Grade.IMPORTANT),
    make_field("secret", grade=Grade.CORE),
    make_field("note", shareable=False),
)  # fmt: skip
LOW_INCOME = make_dataset("civil.low_income", modes=EVERY, fields=PERSON)
INSPECTION = make_dataset("civil.inspection", sharing=Sharing.WITHHELD, withheld_basis="条例第九条", fields=PERSON)
DATASETS = {one.key: one for one in (PENALTY, ENTERPRISE, LOW_INCOME, INSPECTION)}


def raw(key: str, row: str, version: int) -> Row:
    """One row as its department holds it; from version 1 to 2 every amount of money has grown."""
    n = list(PLACES).index(row)
    place, collected = (PLACES[one]["place"] or None for one in (row, PLACES[row]["collected"]))
    money, phone = Decimal(600 * version + n), f"1990000{n:04d}"
    if key == PENALTY.key:
        names = {
            "number": f"鲁罚{n:02d}号",
            "company": f"公司{n:02d}",
            "handler": f"经办{n:02d}",
            "remark": f"备注{n:02d}",
        }
        return names | {"sum": money, "place": place}
    if key == ENTERPRISE.key:
        names = {"credit_code": f"9137040000000{n:04d}X", "name": f"企业{n:02d}", "remark": f"备注{n:02d}"}
        return names | {"contact": phone, "capital": money, "registered": place}
    named = {name: f"{name}-{n:02d}" for name in ("plan", "secret", "note")}
    told = {"person_id": f"370402{1960 + n}0101{100 + n}X", "name": f"样例{n:02d}", "phone": phone, "amount": money}
    places = {"household": place, "collected": collected}
    return named | told | places | {"born": date(1960 + n, 1, 1), "bank": f"6217{n:012d}"}


@dataclass(frozen=True, slots=True)
class World:
    """The application over the four datasets, and each asker's credential."""

    client: TestClient
    shelf: Shelf
    credentials: Mapping[str, str] = field(repr=False)

    def headers(self, who: str) -> dict[str, str]:
        """The credential of one of the askers."""
        return {"Authorization": f"Bearer {self.credentials[who]}"}


def build(template: Path, home: Path) -> World:
    """Everything on SQLite: two versions of each dataset, askers of each tier, their grants."""
    shutil.copy(template, home / "catalogue.db")
    (home / "lake").mkdir()
    engine = connect(f"sqlite:///{home / 'catalogue.db'}")
    shelf = Shelf(engine, home / "lake", b"p" * 32, b"t" * 32, open_ledger(engine, home / "ledger.db", b"l" * 32))
    shelf.import_divisions(_places(), NOW)
    for dataset in DATASETS.values():
        _publish(shelf, dataset)
    credentials = {who: _enrol(shelf, who, told) for who, told in ASKERS.items()}
    settings = replace(read_settings({"YISHU_HOME": str(home)}, home), lake=shelf.lake)
    client = TestClient(create_app(shelf, settings, Clock()), follow_redirects=False)
    return World(client, shelf, credentials)


def _places() -> list[Division]:
    """The towns, villages and grids, which no table of the state lists."""
    made = (
        ("370402001000", Tier.TOWN, "370402000000"),
        ("370402002000", Tier.TOWN, "370402000000"),
        ("370402001001", Tier.VILLAGE, "370402001000"),
        ("370402001002", Tier.VILLAGE, "370402001000"),
        ("370402001001001", Tier.GRID, "370402001001"),
        ("370402001001002", Tier.GRID, "370402001001"),
    )
    return [Division(code, f"（虚构）{code}", tier, parent) for code, tier, parent in made]


def _publish(shelf: Shelf, dataset: Dataset) -> None:
    for version in (1, 2):
        rows = [dict(raw(dataset.key, row, version)) for row in PLACES]
        verdict = make_verdict(shelf.lake, dataset, rows, DAY + timedelta(days=version - 2))
        assert shelf.publish(dataset, verdict, NOW - timedelta(days=3 - version)).version == version


def _enrol(shelf: Shelf, who: str, told: Mapping[str, str]) -> str:
    number, tier, government = list(ASKERS).index(who), Tier(int(told["tier"])), told["government"] == "yes"
    code = f"11{told['division'][:6]}00000000{number}A"
    shelf.parties.add_organisation(Organisation(code, who, who, told["division"], tier, government, True))
    grade = {"important": Grade.IMPORTANT, "general-3": Grade.GENERAL_3}[told["clearance"]]
    shelf.parties.add_system(System(who, code, who, grade, True))
    whole = make_grant(code, LOW_INCOME.key, modes=EVERY, divisions=("370000000000",))
    shelf.grant(replace(whole, transforms={"amount": Transform.BUCKET}), NOW)
    return shelf.parties.issue_credential(who, NOW - timedelta(days=1))
