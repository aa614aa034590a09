"""The demo city is the same for the same seed, its numbers are valid, its faults are as many as it says."""

import csv
import sqlite3
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from stdnum.cn import ric, uscc

from cli.connections import connection
from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from demo import civil_affairs, credit, health, human_resources, market_regulation, places
from demo.city import City, Sizes, build_city
from demo.connections import city_connections
from schemas.contract import read_contract
from schemas.divisions import read_division_file, shipped
from schemas.errors import BadInput
from schemas.journey import Window
from schemas.settings import SHIPPED_CONTRACTS
from tests.demo.conftest import DAY, NOW, SMALL


def test_the_same_seed_gives_the_same_bytes(small_city: City, tmp_path: Path) -> None:
    again = build_city(tmp_path / "city", DAY, sizes=SMALL)
    assert again.truth == small_city.truth
    for file in sorted(p for p in small_city.folder.rglob("*.csv")) + sorted(small_city.folder.rglob("*.xlsx")):
        assert (again.folder / file.relative_to(small_city.folder)).read_bytes() == file.read_bytes(), file.name


def test_another_seed_gives_another_city_with_the_same_faults(small_city: City, tmp_path: Path) -> None:
    other = build_city(tmp_path / "city", DAY, seed=1, sizes=SMALL)
    file = Path("credit") / "penalty_20261120.csv"
    assert (other.folder / file).read_bytes() != (small_city.folder / file).read_bytes()
    assert other.whole(credit.KEY).quarantined == small_city.whole(credit.KEY).quarantined


def test_every_delivery_balances(small_city: City) -> None:
    for key, windows in small_city.truth.items():
        for truth in windows.values():
            assert truth.read == truth.published + sum(truth.quarantined.values()) + truth.duplicates, key


def test_published_rows_lie_somewhere(small_city: City) -> None:
    for key, columns in small_city.places.items():
        for counts in columns.values():
            assert sum(counts.values()) == small_city.whole(key).published, key


def test_a_city_too_small_for_its_faults_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 2000"):
        build_city(tmp_path / "city", DAY, sizes=Sizes(100, 10))


def test_ids_are_valid_but_for_the_spoiled_ones(small_city: City) -> None:
    with sqlite3.connect(small_city.folder / "civil_affairs.db") as database:
        ids = [row[0] for row in database.execute("select person_id from low_income")]
    database.close()
    assert sum(1 for one in ids if ric.calc_check_digit(one) != one[-1]) == 17
    assert {one[:6] for one in ids} <= set(places.COUNTIES)


def test_credit_codes_are_valid_but_for_the_spoiled_ones(small_city: City) -> None:
    with (small_city.folder / "credit" / "penalty_20261120.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert sum(1 for row in rows if not uscc.is_valid(row["统一社会信用代码"])) == 10
    assert len(rows) == small_city.whole(credit.KEY).read


def test_at_least_twenty_penalties_carry_the_retired_code(small_city: City) -> None:
    assert small_city.rows_in(credit.KEY, "division", places.RETIRED) >= 20


def test_payments_hold_characters_outside_gbk(small_city: City) -> None:
    folder = small_city.folder / "human_resources"
    files = sorted(folder.iterdir())
    text = "".join(file.read_bytes().decode("gb18030") for file in files)
    assert [file.name for file in files] == [f"payment_202611{day}.csv" for day in (18, 19, 20)]
    assert "䶮" in text
    assert "𠮷" in text
    with pytest.raises(UnicodeDecodeError):
        files[0].read_bytes().decode("gbk")
    assert len(small_city.truth[human_resources.KEY]) == 3


def test_the_register_has_merged_headers_and_merged_cells(small_city: City) -> None:
    book = CalamineWorkbook.from_path(small_city.folder / "market_regulation" / "enterprise_20261120.xlsx")
    sheet = book.get_sheet_by_name(market_regulation.SHEET)
    rows = sheet.to_python()
    assert rows[0][0] == market_regulation.TITLE
    assert (rows[1][0], rows[1][3], rows[2][3]) == ("所在地", "登记信息", "统一社会信用代码")
    assert len(rows) == small_city.whole(market_regulation.KEY).read + 3
    assert sum(1 for row in rows[3:] if row[1]) == len(places.COUNTIES)
    assert len(sheet.merged_cell_ranges or ()) == 4 + len(places.COUNTIES)


def test_the_store_of_the_health_api_holds_the_check_ups(small_city: City) -> None:
    with sqlite3.connect(small_city.folder / "health.db") as database:
        count = database.execute("select count(*) from checkup").fetchone()[0]
    database.close()
    assert count == small_city.whole(health.KEY).read


def test_towns_and_villages_hang_under_real_counties(small_city: City) -> None:
    known = {division.code for division in shipped()}
    made = read_division_file(small_city.folder / "divisions.csv", known=known)
    tree = shipped().with_divisions(made)
    assert len(made) == 30 + 240
    assert all(tree.within(division.code, places.CITY) for division in made)
    assert not {division.code for division in made} & known


def test_some_recipients_are_registered_in_another_city(small_city: City) -> None:
    elsewhere = small_city.rows_in(civil_affairs.KEY, "household_division", places.NEIGHBOUR)
    assert elsewhere > 0
    here = small_city.rows_in(civil_affairs.KEY, "household_division", "3704")
    assert here + elsewhere == small_city.whole(civil_affairs.KEY).published


def test_civil_affairs_can_live_in_a_database_server(postgres_url: str, tmp_path: Path) -> None:
    address = postgres_url.replace("postgresql:", "postgresql+psycopg:")
    city = build_city(tmp_path / "city", DAY, sizes=SMALL, database=address)
    words = city_connections(city, 1, "a token", lambda: "a password", database=postgres_url).environment
    contract = read_contract(SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml")
    window = Window.of_day(DAY)
    connector = connector_for(contract, connection(words, contract.source.connection))
    landing = land(contract, make_plan(contract, connector, window, tmp_path), connector, tmp_path, NOW)
    truth = city.whole(civil_affairs.KEY)
    assert landing.read == truth.read
    assert landing.rejected == {"monthly_amount.misfit": truth.quarantined["monthly_amount.misfit"]}
