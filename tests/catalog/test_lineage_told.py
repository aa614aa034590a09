"""What runs tell of is taken once, from who may say it, and never changes what contracts and others say."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog.lineage.told import Teller
from catalog.lineage.walk import Limits
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.dataset import Sharing
from schemas.errors import BadInput, Refused, Unidentified
from schemas.openlineage import Event, read_event
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, make_dataset, make_subject

OURS = "yishu"
A, B, SECRET = "civil_affairs.a", "civil_affairs.b", "health.secret"
CIVIL, OTHER = make_subject(organisation=CIVIL_AFFAIRS), make_subject(organisation=HEALTH)


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    for key in (A, B):
        shelf.register(make_dataset(key, title=key), NOW)
    shelf.register(make_dataset(SECRET, owner=HEALTH, sharing=Sharing.WITHHELD, withheld_basis="x"), NOW)
    return shelf


def told(kind: str = "COMPLETE", run: int = 1, minute: int = 0, **more: Any) -> Event:
    """One event; `inputs` and `outputs` are pairs of namespace and name."""
    body: dict[str, Any] = {
        "eventTime": (NOW + timedelta(minutes=minute)).isoformat(),
        "eventType": kind,
        "producer": "https://example.org/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"0190b5a8-0000-7000-8000-{run:012}"},
        "job": {"namespace": "airflow", "name": more.pop("job", "daily")},
    }
    for side in ("inputs", "outputs"):
        body[side] = [{"namespace": n, "name": name} for n, name in more.pop(side, ())]
    for facet, where in more.items():
        body["outputs"][0]["facets"] = {facet: where}
    found = read_event(body)
    assert found is not None
    return found


def tell(shelf: Shelf, event: Event, who: Subject = CIVIL) -> bool:
    return shelf.catalogue.tell_lineage(event, Teller(who, OURS), NOW)


def edges(shelf: Shelf, key: str, who: Subject = CIVIL) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    walk = shelf.catalogue.lineage(key, who, NOW, Limits(hops=3))
    return {(one.start, one.end) for one in walk.edges if one.start[0] != "source"}


FOREIGN = ("postgres://db:5432", "city.public.t")
MADE: Mapping[str, Any] = {"inputs": [(OURS, A), FOREIGN], "outputs": [(OURS, B)]}
DRAWN = {(("dataset", A), ("dataset", B)), (("foreign", " ".join(FOREIGN)), ("dataset", B))}


def test_a_run_that_is_complete_draws_its_edges_once_however_often_it_is_told(stocked: Shelf) -> None:
    assert tell(stocked, told(**MADE)) is True
    assert edges(stocked, B) == DRAWN
    assert tell(stocked, told(**MADE)) is False
    assert edges(stocked, B) == DRAWN


def test_inputs_and_outputs_may_come_in_several_events_of_a_run(stocked: Shelf) -> None:
    tell(stocked, told("START", inputs=MADE["inputs"]))
    assert edges(stocked, B) == set()
    tell(stocked, told("COMPLETE", minute=5, outputs=MADE["outputs"]))
    assert edges(stocked, B) == DRAWN


@pytest.mark.parametrize("kind", ["START", "FAIL", "ABORT", "OTHER"])
def test_a_run_that_made_nothing_draws_nothing(stocked: Shelf, kind: str) -> None:
    assert tell(stocked, told(kind, **MADE)) is True
    assert edges(stocked, B) == set()


def test_the_next_run_of_a_job_replaces_what_it_told_and_no_other_jobs(stocked: Shelf) -> None:
    tell(stocked, told(**MADE))
    tell(stocked, told(job="another", inputs=[("s3://x", "y")], outputs=[(OURS, B)]))
    tell(stocked, told(run=2, minute=60, inputs=[(OURS, A)], outputs=[(OURS, B)]))
    assert edges(stocked, B) == {(("dataset", A), ("dataset", B)), (("foreign", "s3://x y"), ("dataset", B))}
    tell(stocked, told(run=3, minute=30, inputs=[("s3://late", "z")], outputs=[(OURS, B)]))
    assert ("foreign", "s3://late z") not in {start for start, _ in edges(stocked, B)}
    tell(stocked, told(run=4, minute=90))
    assert (("dataset", A), ("dataset", B)) in edges(stocked, B)


def test_what_a_contract_declares_stays_whatever_is_told_and_the_reverse(stocked: Shelf) -> None:
    tell(stocked, told(**MADE))
    again = make_dataset(B, title="new title")
    stocked.register(again, NOW)
    assert edges(stocked, B) == DRAWN
    walk = stocked.catalogue.lineage(B, CIVIL, NOW)
    assert {one.told_by for one in walk.edges if one.start[0] == "source"} == {""}
    tell(stocked, told(run=2, minute=60, inputs=[("x", "y")], outputs=[("x", "z")]))
    assert edges(stocked, B) == set()
    assert [one for one in stocked.catalogue.lineage(B, CIVIL, NOW).nodes if one.kind == "source"]


def test_only_the_owner_says_what_a_dataset_is_made_of(stocked: Shelf) -> None:
    with pytest.raises(Refused) as refused:
        tell(stocked, told(**MADE), OTHER)
    assert refused.value.code == "LINEAGE_NOT_YOURS"
    assert edges(stocked, B) == set()
    assert tell(stocked, told(**MADE)) is True  # nothing of the refused one was kept


def test_what_others_made_of_ones_data_is_known_to_its_owner_and_the_teller_alone(stocked: Shelf) -> None:
    tell(stocked, told(inputs=[(OURS, A)], outputs=[("warehouse", "copy"), ("warehouse", "other")]), OTHER)
    assert (
        edges(stocked, A)
        == edges(stocked, A, OTHER)
        == {
            (("dataset", A), ("foreign", "warehouse copy")),
            (("dataset", A), ("foreign", "warehouse other")),
        }
    )
    third = make_subject(organisation="11370000004000002P")
    assert edges(stocked, A, third) == set()
    assert stocked.catalogue.lineage(A, third, NOW, Limits(hops=1)).cut == frozenset()


def test_a_hidden_dataset_and_one_that_is_not_there_are_told_of_alike(stocked: Shelf) -> None:
    for run, name in enumerate((SECRET, "no.such")):
        event = told(run=run, job=name, inputs=[(OURS, name)], outputs=[(OURS, B)])
        assert tell(stocked, event) is True
        assert (("foreign", f"{OURS} {name}"), ("dataset", B)) in edges(stocked, B)
        assert tell(stocked, told(run=run, job=f"{name}2", inputs=[(OURS, A)], outputs=[(OURS, name)])) is True
    assert edges(stocked, SECRET, OTHER) == set()


def test_columns_are_drawn_where_both_datasets_have_them(stocked: Shelf) -> None:
    base = {"_producer": "https://x.example", "_schemaURL": "https://x.example/s"}

    def made(column: str, *kinds: tuple[str, str], name: str = A) -> dict[str, Any]:
        transformations = [{"type": kind, "subtype": sub} for kind, sub in kinds]
        return {"namespace": OURS, "name": name, "field": column, "transformations": transformations}

    fields = {
        "name": {"inputFields": [made("name", ("DIRECT", "IDENTITY")), made("none", ("DIRECT", "IDENTITY"))]},
        "amount": {"inputFields": [made("amount", ("DIRECT", "AGGREGATION")), made("born", ("INDIRECT", "FILTER"))]},
        "not_there": {"inputFields": [made("name", ("DIRECT", "IDENTITY"))]},
        "mobile": {"inputFields": [made("mobile", name=SECRET)]},
    }
    tell(stocked, told(**MADE, columnLineage=base | {"fields": fields}))
    found = {(e.column, e.field, e.how.value) for e in stocked.catalogue.column_lineage(B, CIVIL).edges}
    assert found == {("name", "name", "direct"), ("amount", "amount", "computed"), ("born", "", "condition")}
    tell(stocked, told(run=2, minute=5, **MADE))
    assert stocked.catalogue.column_lineage(B, CIVIL).edges == ()


def test_a_product_of_too_many_pairs_is_refused_as_a_whole(stocked: Shelf) -> None:
    many = [("x", f"t{n}") for n in range(100)]
    with pytest.raises(BadInput, match="5000 pairs"):
        tell(stocked, told(inputs=many, outputs=[*many, (OURS, B)]))
    assert edges(stocked, B) == set()


def test_nobody_without_a_credential_and_no_person_but_a_keeper_tells(stocked: Shelf) -> None:
    with pytest.raises(Unidentified):
        tell(stocked, told(**MADE), make_subject(system="", organisation=""))
    with pytest.raises(Refused) as refused:
        tell(stocked, told(**MADE), make_subject(organisation=CIVIL_AFFAIRS, person="p"))
    assert refused.value.code == "ROLE_MISSING"
    keeper = make_subject(organisation=CIVIL_AFFAIRS, person="p", roles=frozenset({Role.CATALOGUE_KEEPER}))
    assert tell(stocked, told(**MADE), keeper) is True


def test_all_events_of_a_run_together_are_bounded_too(stocked: Shelf) -> None:
    """Each is small enough by itself; what they add up to is not read into memory without end."""
    for part in range(11):
        more = [("s3://lake", f"{part}/{n}") for n in range(480)]
        assert tell(stocked, told("START", minute=part, inputs=more, outputs=[]))
    with pytest.raises(BadInput, match="5000 pairs"):
        tell(stocked, told(minute=12, outputs=[(OURS, B)]))
    assert edges(stocked, B) == set()
    assert tell(stocked, told(run=2, minute=13, **MADE)), "another run is not held up"
