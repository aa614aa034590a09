"""`since=` over HTTP: what changed for this caller, in every format, and what is refused."""

import io
import json
from datetime import timedelta

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from schemas.access import GrantState, Mode
from schemas.dataset import Transform
from tests.api.conftest import City, low_income
from tests.builders import (
    DAY,
    HEALTH,
    NOW,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_grant,
    make_verdict,
)

KEY = "civil_affairs.low_income"
ROWS = f"/datasets/{KEY}/rows"
MINE = {"purpose": "statistics", "since": "1"}


@pytest.fixture
def moved(city: City) -> City:
    """Version 2: of Tengzhou's rows one moved to Shizhong, one has another amount, one is gone, one is new."""
    rows = low_income()
    rows[2] |= {"household": SHIZHONG}
    rows[3] |= {"amount": 5000}
    del rows[4]
    rows.append(low_income_row(70, TENGZHOU))
    publish(city, rows, 1)
    modes = (Mode.DELTA, Mode.BULK, Mode.QUERY)
    city.shelf.grant(make_grant(purpose="statistics", modes=modes), NOW)
    city.shelf.grant(make_grant(HEALTH, purpose="statistics", modes=modes, divisions=(ZAOZHUANG,)), NOW)
    return city


def publish(city: City, rows: list[dict[str, object]], days: int) -> None:
    dataset = city.shelf.dataset(KEY)
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=days)), NOW)


def ask(city: City, who: str = "tengzhou", **told: str):  # type: ignore[no-untyped-def]
    return city.get(ROWS, who, params=MINE | told)


def words(answer) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {row["person_id"]: row["_change"] for row in answer.json()["rows"]}


def test_each_caller_gets_the_difference_of_their_own_rows(moved: City) -> None:
    before = low_income()
    ids = [row["person_id"] for row in before]
    new = low_income_row(70, TENGZHOU)["person_id"]
    assert words(ask(moved)) == {ids[2]: "removed", ids[3]: "changed", ids[4]: "removed", new: "added"}
    assert words(ask(moved, "health")) == {ids[2]: "changed", ids[3]: "changed", ids[4]: "removed", new: "added"}
    assert words(ask(moved, "health", division=SHIZHONG)) == {ids[2]: "added"}
    assert words(ask(moved, filter="amount > 4000")) == {ids[3]: "added"}
    assert words(ask(moved, columns="person_id,born")) == {ids[2]: "removed", ids[4]: "removed", new: "added"}


def test_a_delta_says_what_it_is_and_is_on_record(moved: City) -> None:
    answer = ask(moved)
    body = answer.json()
    assert (body["version"], body["since"], answer.headers["Yishu-Version"]) == (2, 1, "2")
    told = moved.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body
    assert (told["mode"], told["since"], told["version"], told["allowed"]) == ("delta", 1, 2, True)
    removed = next(row for row in body["rows"] if row["_change"] == "removed")
    assert {name for name, value in removed.items() if value is not None} == {"_change", "person_id"}
    assert answer.headers["ETag"] != ask(moved, since="2").headers["ETag"]


def test_every_format_holds_the_same_changes(moved: City) -> None:
    wanted = sorted(words(ask(moved)).items())
    tables = {
        "arrow": lambda content: pa.ipc.open_stream(content).read_all(),
        "parquet": lambda content: pq.read_table(io.BytesIO(content)),
        "csv": lambda content: pacsv.read_csv(
            io.BytesIO(content), convert_options=pacsv.ConvertOptions(column_types={"person_id": pa.string()})
        ),
    }
    for format, read in tables.items():
        answer = ask(moved, format=format)
        table = read(answer.content)
        assert table.column_names[0] == "_change"
        assert sorted(zip(*(table.column(n).to_pylist() for n in ("person_id", "_change")), strict=True)) == wanted


def test_nothing_changed_since_the_version_that_is_served(moved: City) -> None:
    for format in ("json", "arrow", "parquet", "csv"):
        assert ask(moved, since="2", format=format).status_code == 200
    assert ask(moved, since="2").json()["rows"] == []
    assert pa.ipc.open_stream(ask(moved, since="2", format="arrow").content).read_all().num_rows == 0


def test_an_older_version_may_be_the_end_of_a_delta(moved: City) -> None:
    publish(moved, low_income()[:10], 2)
    assert ask(moved, version="2").json()["version"] == 2
    assert words(ask(moved, version="2")) != words(ask(moved))


@pytest.mark.parametrize(
    "told",
    [
        {"since": "3"},
        {"since": "2", "version": "1"},
        {"since": "0"},
        {"since": "-1"},
        {"since": "yesterday"},
        {"since": ""},
        {"limit": "5"},
        {"cursor": "x"},
        {"mode": "query"},
        {"mode": "bulk"},
        {"mode": "file"},
    ],
)
def test_what_does_not_fit_a_delta_is_a_bad_ask(moved: City, told: dict[str, str]) -> None:
    answer = ask(moved, **told)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
    assert answer.json()["detail"]


def test_mode_delta_needs_since_and_a_grant_for_it(moved: City) -> None:
    assert moved.get(ROWS, "tengzhou", params={"purpose": "statistics", "mode": "delta"}).status_code == 400
    answer = ask(moved, purpose="social_assistance")
    assert (answer.status_code, answer.json()["code"]) == (403, "MODE_NOT_GRANTED")


def test_a_version_that_is_gone_or_was_held_back_starts_no_delta(moved: City) -> None:
    publish(moved, low_income()[:10], 3)
    moved.shelf.withdraw(KEY, 1)
    gone = ask(moved)
    assert (gone.status_code, gone.json()["code"]) == (404, "UNKNOWN")
    assert "version 1" in gone.json()["detail"]
    assert ask(moved, since="2").status_code == 200
    never = ask(moved, purpose="public_service")
    assert never.status_code == 403


def test_a_delta_is_refused_where_the_key_is_not_in_clear(moved: City) -> None:
    token = make_grant(
        TENGZHOU_CIVIL, purpose="emergency", modes=(Mode.DELTA,), transforms={"person_id": Transform.TOKEN}
    )
    moved.shelf.grant(token, NOW)
    for told in ({"purpose": "emergency"}, {"columns": "name,amount"}):
        answer = ask(moved, lang="en", **told)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["gate"]) == (403, "DELTA_NEEDS_KEY", "G8")
        assert "person_id" in problem["detail"]
        body = moved.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body
        assert (body["allowed"], body["code"], body["version"]) == (False, "DELTA_NEEDS_KEY", 0)


def test_rows_out_of_scope_leave_no_trace_in_a_delta(moved: City) -> None:
    """Everything of Shizhong and Laiwu is another person's now, and Tengzhou's delta is empty, byte for byte."""
    rows = [r for r in [*low_income()[:24], low_income_row(70, TENGZHOU)] if r["household"] == TENGZHOU]
    publish(moved, [*rows, *(low_income_row(n, SHIZHONG) for n in range(200, 300))], 2)
    publish(moved, [*rows, *(low_income_row(n, SHIZHONG) for n in range(300, 307))], 3)
    publish(moved, rows, 4)
    busy, quiet = ask(moved, since="3", version="4"), ask(moved, since="4", version="5")
    for answer in (busy, quiet):
        assert answer.json()["rows"] == []
    assert len(busy.content) == len(quiet.content)


def test_a_delta_under_a_grant_that_ended_is_refused(moved: City) -> None:
    number = json.loads(ask(moved).content)["version"]
    assert number == 2
    for grant in moved.shelf.grants():
        moved.shelf.set_grant_state(grant.number, GrantState.REVOKED)
    assert ask(moved).json()["code"] == "GRANT_NOT_IN_FORCE"


def test_head_of_a_delta_has_its_headers_and_no_rows(moved: City) -> None:
    answer = moved.client.head(f"/api/v1{ROWS}", params=MINE | {"format": "csv"}, headers=moved.headers("tengzhou"))
    assert (answer.status_code, answer.content) == (200, b"")
