"""Authority sources: one dataset claims an element of one kind of subject in one area, and no second one does."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.authority import claimed, clashes
from schemas.contract import read_draft
from schemas.contract_lint import lint
from schemas.dataset import Dataset, Severity
from schemas.lint_rules import RULES, TOGETHER
from schemas.settings import SHIPPED_CONTRACTS
from tests.builders import SHIZHONG, TENGZHOU, ZAOZHUANG, make_dataset, make_field

ENTERPRISE = SHIPPED_CONTRACTS / "market_regulation" / "enterprise.odcs.yaml"
PENALTY = SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml"


def register(key: str, authority: str = "", element: str | None = "resident_id", **told: Any) -> Dataset:
    """A register of persons that says who is right about its one element."""
    fields = (make_field("number", element=element, authority=authority or key),)
    return make_dataset(key, fields=fields, default_scope="", **{"owner_name": key} | told)


def keys(datasets: Iterable[Dataset]) -> list[tuple[str, str]]:
    return [(one.first.dataset.key, one.second.dataset.key) for one in clashes(datasets)]


A = register("police.person")


@pytest.mark.parametrize(
    ("other", "clash"),
    [
        (register("health.person"), True),
        (register("health.person", authority="公安局", owner_name="公安局"), True),
        (register("health.person", authority="police.person"), False),
        (register("health.person", authority="别的单位"), False),
        (register("health.person", element="mobile"), False),
        (register("health.person", element=None), False),
        (register("health.person", subject_kind="enterprise"), False),
        (register("health.person", division=TENGZHOU), True),
        (register("health.person", division="370000000000"), True),
        (register("health.person", division="370100000000"), False),
    ],
)
def test_one_element_of_one_kind_in_one_area_has_one_authority(other: Dataset, clash: bool) -> None:
    assert keys([A, other]) == ([("police.person", "health.person")] if clash else [])


def test_counties_beside_each_other_have_an_authority_each() -> None:
    assert keys([register("a.person", division=SHIZHONG), register("b.person", division=TENGZHOU)]) == []
    both = [register("a.person", division="371000000000"), register("b.person", division="371200000000")]
    assert keys(both) == []


def test_the_first_of_several_is_taken_for_it() -> None:
    many = [register(f"{name}.person", division=ZAOZHUANG) for name in "abc"]
    assert keys(many) == [("a.person", "b.person"), ("a.person", "c.person")]


def test_only_who_names_itself_claims() -> None:
    (field,) = A.fields
    assert claimed(A, field)
    assert not claimed(A, replace(field, authority=""))
    assert not claimed(replace(A, owner_name=""), replace(field, authority=""))


def test_lint_warns_at_the_word_of_the_second(tmp_path: Path) -> None:
    text = PENALTY.read_text(encoding="utf-8")
    element = "          - {property: yishu.element, value: credit_code}\n"
    assert element in text
    second = tmp_path / "credit" / "penalty.odcs.yaml"
    second.parent.mkdir()
    second.write_text(
        text.replace(element, element + "          - {property: yishu.authority, value: credit.penalty}\n", 1),
        encoding="utf-8",
    )
    found = [
        one
        for one in lint([read_draft(ENTERPRISE), read_draft(second)], RULES, TOGETHER)
        if one.rule == "authority-twice"
    ]
    assert [(one.file, one.severity) for one in found] == [(str(second), Severity.WARNING)]
    line = second.read_text(encoding="utf-8").splitlines()[found[0].line - 1]
    assert "yishu.authority" in line
    assert "market_regulation.enterprise" in found[0].said
