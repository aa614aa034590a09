"""Parquet over HTTP: spliced from the published files, and the same as what any other format reads row by row."""

import io
import itertools
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.access import Tier
from schemas.dataset import Transform
from schemas.division import Division
from tests.api.conftest import City
from tests.api.test_delta_sharing import files, local, query
from tests.builders import (
    HEALTH,
    NOW,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_grant,
    transform_of,
)

KEY = "civil_affairs.low_income"
ROWS = f"/datasets/{KEY}/rows"
ASKS = {"civil": "own_duty", "health": "public_health", "tengzhou": "social_assistance", "laiwu": "social_assistance"}
COLUMNS = ("", "name,amount", "person_id,household,born", "mobile")
DIVISIONS = ("", TENGZHOU, SHIZHONG, "371202000000", "370481103000")
IN_COMMON = ("basis", "purpose", "grant", "dataset", "version", "columns", "transforms", "scope", "allowed", "code")


def asked(city: City, who: str, format: str, **told: str) -> Any:
    return city.get(ROWS, who, params={"purpose": ASKS[who], "format": format} | {k: v for k, v in told.items() if v})


def arrow(answer: Any) -> pa.Table:
    return pa.ipc.open_stream(answer.content).read_all()


def parquet(answer: Any) -> pa.Table:
    return pq.read_table(io.BytesIO(answer.content))


def counted(city: City, format: str) -> int:
    lines = city.client.app.state.desk.counters.text().splitlines()
    return sum(int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("yishu_rows_total") and format in line)


def test_spliced_and_scanned_are_the_same_for_every_ask(city: City) -> None:
    spliced = 0
    for who, columns, division in itertools.product(ASKS, COLUMNS, DIVISIONS):
        file = asked(city, who, "parquet", columns=columns, division=division)
        stream = asked(city, who, "arrow", columns=columns, division=division)
        assert file.status_code == stream.status_code
        if file.status_code != 200:
            assert file.json()["code"] == stream.json()["code"]
            continue
        assert parquet(file).equals(arrow(stream))
        one, other = (city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body for answer in (file, stream))
        assert {n: one.get(n) for n in IN_COMMON} == {n: other.get(n) for n in IN_COMMON}
        spliced += "Accept-Ranges" in file.headers
    assert spliced > 30
    assert counted(city, "parquet") == counted(city, "arrow") > 0


def test_head_tells_the_length_of_what_get_sends(city: City) -> None:
    got = asked(city, "tengzhou", "parquet")
    head = city.client.head(
        f"/api/v1{ROWS}", params={"purpose": ASKS["tengzhou"], "format": "parquet"}, headers=city.headers("tengzhou")
    )
    for name in ("Content-Length", "ETag", "Accept-Ranges", "Content-Type"):
        assert head.headers[name] == got.headers[name]
    assert (head.status_code, head.content, counted(city, "parquet")) == (200, b"", 24)


def moved(city: City) -> None:
    """Tengzhou comes under another city."""
    city.shelf.import_divisions([Division(TENGZHOU, "滕州市", Tier.COUNTY, "370100000000")], NOW)


def test_a_place_that_moved_is_out_of_pages_files_and_tags_at_once(city: City) -> None:
    city.shelf.grant(
        make_grant(HEALTH, divisions=(ZAOZHUANG,), transforms={"person_id": Transform.TOKEN}, purpose="statistics"), NOW
    )
    page = {"params": {"purpose": "statistics", "format": "json"}}
    table = f"/delta-sharing/for/statistics/shares/yishu/schemas/civil_affairs/tables/{KEY.split('.')[1]}"
    before = city.get(ROWS, "health", **page)
    (file,) = files(query(city, "health", table=table))
    assert len(before.json()["rows"]) == 36
    moved(city)
    after = city.get(ROWS, "health", **page)
    assert {row["household"] for row in after.json()["rows"]} == {SHIZHONG}
    assert after.headers["ETag"] != before.headers["ETag"]
    stale = city.client.get(local(file["url"]))
    assert (stale.status_code, stale.json()["code"]) == (403, "SCOPE_CHANGED")
    (fresh,) = files(query(city, "health", table=table))
    found = pq.read_table(io.BytesIO(city.client.get(local(fresh["url"])).content))
    assert set(found.column("household").to_pylist()) == {SHIZHONG}


@pytest.mark.parametrize("kept", ["page", "file", "cut"])
def test_a_mask_that_became_stricter_is_nowhere_served_as_it_was(city: City, kept: str) -> None:
    """Under the old contract a mobile shows seven digits, under the new one, where it is plain text, one."""
    mask = {"mobile": Transform.MASK} | ({"person_id": Transform.TOKEN} if kept == "cut" else {})
    city.shelf.grant(make_grant(TENGZHOU_CIVIL, transforms=mask, purpose="statistics"), NOW)

    def mobiles() -> set[str]:
        told = {"purpose": "statistics", "format": "json" if kept == "page" else "parquet"}
        if kept != "cut":
            answer = city.get(ROWS, "tengzhou", params=told)
            return (
                {r["mobile"] for r in answer.json()["rows"]}
                if kept == "page"
                else set(parquet(answer).column("mobile").to_pylist())
            )
        table = "/delta-sharing/for/statistics/shares/yishu/schemas/civil_affairs/tables/low_income"
        (file,) = files(query(city, "tengzhou", table=table))
        return set(pq.read_table(io.BytesIO(city.client.get(local(file["url"])).content)).column("mobile").to_pylist())

    assert {one[:3] for one in mobiles()} == {"199"}
    plain = transform_of(make_dataset(), name=Transform.MASK)
    fields = tuple(_plain(f) for f in plain.fields)
    city.shelf.register(make_dataset(fields=fields, version="1.1.0"), NOW)
    assert mobiles() == {"1**"}


def _plain(field: Any) -> Any:
    return replace(field, element=None) if field.name == "mobile" else field
