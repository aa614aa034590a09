"""Every route of the API in turn: doubled parameters are refused, and a refusal of policy is never a fault of ours."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from schemas.access import GrantState, Mode
from schemas.dataset import Transform
from tests.api.conftest import City
from tests.builders import NOW, TENGZHOU_CIVIL, make_grant

KEY = "civil_affairs.low_income"
FORMATS = ("arrow", "parquet", "csv", "json")
IN_PLACES = {"key": KEY, "number": "0" * 32, "id": "resident_id", "action": "acknowledge"}
WITHOUT_A_QUERY = frozenset({"/api/v1/ledger/receipts/{number}", "/api/v1/ledger/receipts/{number}/proof"})
"""Routes that read nothing from the query at all, so that nothing in it can have an effect."""


def routes(city: City) -> list[APIRoute]:
    """Every GET of the API but the ledger's proofs, which are public and have tests of their own."""
    ours = [r for r in flat(city.client.app.routes) if r.path.startswith("/api/v1/") and "GET" in r.methods]
    found = [r for r in ours if not r.path.startswith("/api/v1/ledger/") or r.path in WITHOUT_A_QUERY]
    assert len(found) > 8
    return found


def flat(some: object) -> list[APIRoute]:
    """Routes, those of routers within routers too."""
    found: list[APIRoute] = []
    for one in some:  # type: ignore[attr-defined]
        if isinstance(one, APIRoute):
            found.append(one)
        else:
            inner = getattr(getattr(one, "original_router", one), "routes", None)
            found += flat(inner) if inner else []
    return found


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: IN_PLACES.get(name[1], "x"), path)


def test_a_doubled_parameter_is_refused_by_every_route_that_reads_any(city: City) -> None:
    for route in routes(city):
        if route.path in WITHOUT_A_QUERY:
            continue
        for name, value in (("lang", "en"), ("purpose", "own_duty")):
            answer = city.client.get(
                f"{filled(route.path)}?{name}={value}&{name}={value}", headers=city.headers("civil")
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK"), (route.path, name)


@pytest.mark.parametrize(
    "query",
    [
        "purpose=social_assistance&purpose=statistics",
        "purpose=statistics&purpose=social_assistance",
        "purpose=social_assistance&purpose=social_assistance",
        "purpose=social_assistance&%70urpose=statistics",
        "purpose=social_assistance&filter=amount%3D601&filter=amount%3D602",
        "purpose=social_assistance&columns=amount&columns=name",
        "purpose=social_assistance&grant=&grant=",
        "purpose=social_assistance&since=1&since=1",
    ],
)
def test_a_doubled_parameter_of_rows_takes_neither_value(city: City, query: str) -> None:
    before = len(city.shelf.receipts.newest())
    for path in ("rows", "access"):
        answer = city.get(f"/datasets/{KEY}/{path}?{query}", "tengzhou")
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
        assert "rows" not in answer.json()
    assert len(city.shelf.receipts.newest()) == before


def refusals(city: City) -> list[tuple[str, str, dict[str, str]]]:
    """Who asks for what in vain: caller, dataset, parameters."""
    city.shelf.grant(make_grant(purpose="emergency", end=NOW - timedelta(days=1)), NOW)
    city.shelf.grant(make_grant(purpose="statistics", quota=0), NOW)
    city.shelf.grant(make_grant(purpose="public_service", columns=("born",), transforms={"born": Transform.DROP}), NOW)
    every = (Mode.BULK, Mode.QUERY, Mode.DELTA, Mode.VERIFY, Mode.FILE)
    token = make_grant(TENGZHOU_CIVIL, purpose="market_supervision", transforms={"person_id": Transform.TOKEN})
    city.shelf.grant(replace(token, modes=every), NOW)
    suspended = city.shelf.grant(make_grant(purpose="credit_supervision"), NOW)
    city.shelf.set_grant_state(suspended.number, GrantState.SUSPENDED)
    mine = {"purpose": "social_assistance"}
    return [
        ("", KEY, {}),
        ("", KEY, mine),
        ("outsider", KEY, mine),
        ("outsider", "health.secret", {}),
        ("tengzhou", "health.secret", mine),
        ("tengzhou", "no.such", mine),
        ("tengzhou", KEY, {}),
        ("tengzhou", KEY, {"purpose": "own_duty"}),
        ("tengzhou", KEY, {"purpose": "data_return"}),
        ("tengzhou", KEY, {"purpose": "open_use"}),
        ("tengzhou", KEY, {"purpose": "administrative_licence"}),
        ("tengzhou", KEY, {"purpose": "emergency"}),
        ("tengzhou", KEY, {"purpose": "statistics"}),
        ("tengzhou", KEY, {"purpose": "public_service"}),
        ("tengzhou", KEY, {"purpose": "credit_supervision"}),
        ("tengzhou", KEY, mine | {"grant": city.grants["health"]}),
        ("tengzhou", KEY, mine | {"grant": "YS-2026-999999"}),
        ("tengzhou", KEY, mine | {"basis": "owner"}),
        ("tengzhou", KEY, mine | {"division": "110000"}),
        ("tengzhou", KEY, mine | {"division": "999999"}),
        ("tengzhou", KEY, mine | {"filter": "name like '样%'"}),
        ("tengzhou", KEY, mine | {"since": "1"}),
        ("tengzhou", KEY, {"purpose": "market_supervision", "since": "1"}),
        ("tengzhou", KEY, {"purpose": "market_supervision", "filter": "person_id = 'x'"}),
        ("tengzhou", KEY, mine | {"version": "7"}),
        ("tengzhou", KEY, mine | {"cursor": "AAAA"}),
        ("laiwu", KEY, mine | {"division": "370481"}),
    ]


def test_no_refusal_of_policy_is_a_fault_of_ours_in_any_format_or_mode(city: City) -> None:
    seen = set()
    for (who, key, told), format in itertools.product(refusals(city), FORMATS):
        answer = city.get(f"/datasets/{key}/rows", who, params=told | {"format": format})
        assert answer.status_code in (400, 401, 403, 404, 429), (who, key, told, format)
        assert not {"yishu-version", "etag", "yishu-next"} & {name.lower() for name in answer.headers}
        seen.add(answer.json()["code"])
    assert {"FILTER_NOT_ALLOWED", "GRANT_NOT_IN_FORCE", "QUOTA_SPENT", "NO_ROWS_IN_SCOPE", "PURPOSE_MISMATCH"} <= seen
    assert {"GRANT_UNKNOWN", "SHARE_CLASS_DENIED", "MODE_NOT_GRANTED", "DELTA_NEEDS_KEY", "UNKNOWN", "BAD_ASK"} <= seen


def test_no_refusal_of_policy_is_a_fault_of_ours_on_any_other_route(city: City) -> None:
    asks = refusals(city)
    for route in routes(city):
        for who, key, told in asks:
            path = re.sub(r"\{(\w+)\}", lambda name, key=key: (IN_PLACES | {"key": key}).get(name[1], "x"), route.path)  # type: ignore[misc]
            narrow = {n: v for n, v in told.items() if n in ("purpose", "grant", "basis", "division")}
            answer = city.client.get(path, params=narrow, headers=city.headers(who))
            assert answer.status_code < 500, (path, who, narrow)


@pytest.mark.parametrize("bearer", ["", "ys_", "ys_0000", "Bearer", "ys_" + "A" * 5000])
def test_a_credential_that_is_none_is_401_on_every_route_and_never_the_public(city: City, bearer: str) -> None:
    for route in routes(city):
        answer = city.client.get(filled(route.path), headers={"Authorization": f"Bearer {bearer}"})
        assert answer.status_code == 401, route.path
