"""The access rule against a second reading of its page: expectations written from the page before the code was read."""

import pytest

from catalog.access import decide
from schemas.access import Decision, Subject
from schemas.divisions import shipped
from tests.catalog.access_reading import CASES, GRID, MASK, PEOPLE, SOUND, VILLAGE, Case, by, granted


def answer(case: Case) -> Decision:
    return decide(case.ask, case.dataset, case.grants, case.standing, shipped(), case.consents)


@pytest.mark.parametrize("case", CASES, ids=[c.says for c in CASES])
def test_the_rule_answers_as_its_page_reads(case: Case) -> None:
    got = answer(case)
    assert got.allowed == (case.code == "OK"), (got.gate, got.code)
    if case.code.endswith("*"):
        assert got.code.startswith(case.code[:-1])
    else:
        assert got.code == case.code
    if case.gate:
        assert got.gate in case.gate.split()
    if case.basis is not None:
        assert got.basis is case.basis


@pytest.mark.parametrize("case", [c for c in CASES if c.code == "OK"], ids=lambda c: c.says)
def test_what_leaves_is_what_the_page_lets_leave(case: Case) -> None:
    got = answer(case)
    views = {view.name: view.transform for view in got.served}
    assert {name: views.get(name) for name in case.served} == case.served
    assert not views.keys() & set(case.gone)
    assert got.rows is not None
    if case.divisions is not None:
        assert got.rows.divisions == case.divisions
    if case.keys is not None:
        assert got.rows.keys == case.keys


@pytest.mark.parametrize("subject", [VILLAGE, GRID], ids=["village", "grid"])
def test_phone_and_id_are_never_clear_in_a_village(subject: Subject) -> None:
    got = decide(by(subject), PEOPLE, granted(divisions=()), SOUND, shipped())
    views = {view.name: view.transform for view in got.columns}
    assert got.allowed
    assert views["phone"] >= MASK
    assert views["id"] >= MASK
