"""What changed between two versions of a contract is said in both languages, with the version that it asks for."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.change_words import Change, Level
from schemas.contract import read_contract
from schemas.contract_change import breaks_silently, changes, reaches, version_needed
from schemas.dataset import (
    Dataset,
    Field,
    FieldType,
    Grade,
    Identifying,
    Kind,
    Load,
    Opening,
    ScopeRole,
    Severity,
    Sharing,
    Source,
    Transform,
)
from schemas.engine import Engine
from schemas.errors import BadInput
from schemas.origin import Assessment, Indicator
from schemas.settings import SHIPPED_CONTRACTS

OLD = replace(read_contract(SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml"), version="1.0.0")
BREAKING, MINOR, COMPATIBLE = Level.BREAKING, Level.MINOR, Level.COMPATIBLE


def with_field(name: str, /, **other: Any) -> Dataset:
    return replace(OLD, fields=tuple(replace(f, **other) if f.name == name else f for f in OLD.fields))


def with_source(**other: Any) -> Dataset:
    return replace(OLD, source=replace(OLD.source, **other))


def with_rule(name: str, **other: Any) -> Dataset:
    return replace(OLD, rules=tuple(replace(r, **other) if r.name == name else r for r in OLD.rules))


def without_field(name: str) -> Dataset:
    return replace(OLD, fields=tuple(f for f in OLD.fields if f.name != name))


MONEY = FieldType(Kind.DECIMAL, 12, 2)
MORE = replace(OLD.fields[-1], name="note", title="备注", source_name="note")


@pytest.mark.parametrize(
    ("new", "level", "where"),
    [
        (without_field("mobile"), BREAKING, "fields.mobile"),
        (replace(OLD, fields=(*OLD.fields, MORE)), MINOR, "fields.note"),
        (with_field("monthly_amount", type=MONEY), MINOR, "fields.monthly_amount.type"),
        (with_field("monthly_amount", type=FieldType(Kind.DECIMAL, 8, 2)), BREAKING, "fields.monthly_amount.type"),
        (with_field("monthly_amount", type=FieldType(Kind.DECIMAL, 10, 4)), BREAKING, "fields.monthly_amount.type"),
        (with_field("name", type=FieldType(Kind.INTEGER)), BREAKING, "fields.name.type"),
        (with_field("name", required=False), BREAKING, "fields.name.required"),
        (with_field("mobile", required=True), MINOR, "fields.mobile.required"),
        (with_field("name", grade=Grade.GENERAL_4), BREAKING, "fields.name.grade"),
        (with_field("name", grade=Grade.GENERAL_1), MINOR, "fields.name.grade"),
        (with_field("name", transform=Transform.DROP), BREAKING, "fields.name.transform"),
        (with_field("name", transform=Transform.CLEAR), MINOR, "fields.name.transform"),
        (with_field("name", shareable=False), BREAKING, "fields.name.shareable"),
        (with_field("bank_account", shareable=True), MINOR, "fields.bank_account.shareable"),
        (with_field("household_division", scope=ScopeRole.RESIDENCE), BREAKING, "fields.household_division.scope"),
        (with_field("name", element="mobile"), MINOR, "fields.name.element"),
        (with_field("name", identifying=Identifying.QUASI), MINOR, "fields.name.identifying"),
        (with_field("name", title="名字"), COMPATIBLE, "fields.name.title"),
        (with_field("name", source_name="xm"), COMPATIBLE, "fields.name.source_name"),
        (with_field("name", authority="枣庄市公安局（演示）"), COMPATIBLE, "fields.name.authority"),
        (with_field("record_no", key=0), BREAKING, "key"),
        (replace(OLD, subject_key=("name",)), BREAKING, "subject_key"),
        (replace(OLD, owner="11370400DEM000022C"), BREAKING, "owner"),
        (replace(OLD, owner_name="枣庄民政"), COMPATIBLE, "owner_name"),
        (replace(OLD, division="370402000000"), BREAKING, "division"),
        (replace(OLD, subject_kind=""), BREAKING, "subject_kind"),
        (replace(OLD, default_scope="collected_by"), BREAKING, "default_scope"),
        (replace(OLD, sharing=Sharing.WITHHELD), BREAKING, "sharing"),
        (replace(OLD, sharing=Sharing.UNCONDITIONAL), MINOR, "sharing"),
        (replace(OLD, sharing_condition="另议"), MINOR, "sharing_condition"),
        (replace(OLD, consent=True), BREAKING, "consent"),
        (replace(OLD, purposes=OLD.purposes[1:]), BREAKING, "purposes"),
        (replace(OLD, purposes=(*OLD.purposes, "emergency")), MINOR, "purposes"),
        (replace(OLD, modes=OLD.modes[1:]), BREAKING, "modes"),
        (replace(OLD, modes=(*OLD.modes, "file")), MINOR, "modes"),
        (replace(OLD, update_cycle="P1M"), BREAKING, "update_cycle"),
        (replace(OLD, grace="P2D"), MINOR, "grace"),
        (replace(OLD, opening=Opening.CLOSED), MINOR, "open"),
        (with_source(load=Load.APPEND), BREAKING, "source.load"),
        (with_source(schedule="0 5 * * *"), COMPATIBLE, "source.schedule"),
        (with_source(options={"table": "low_income_2"}), COMPATIBLE, "source.options"),
        (with_rule("key.unique", severity=Severity.WARNING), MINOR, "rules.key.unique"),
        (replace(OLD, rules=OLD.rules[1:]), MINOR, f"rules.{OLD.rules[0].name}"),
        (replace(OLD, title="低保对象"), COMPATIBLE, "title"),
        (replace(OLD, catalogue_code="370400000000/000014"), COMPATIBLE, "catalogue_code"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.word if isinstance(value, Level) else "",
)
def test_a_change_is_as_grave_as_it_is_for_those_who_read_the_data(new: Dataset, level: Level, where: str) -> None:
    found = changes(OLD, new)
    (one,) = [change for change in found if change.where == where]
    assert one.level is level is max(change.level for change in found)
    assert one.said.endswith("。")
    assert one.said_en.endswith(".")


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("PT1H", "P1D", BREAKING),
        ("P1D", "PT30M", MINOR),
        ("PT30M", "PT31M", BREAKING),
        ("P1W", "P7D", COMPATIBLE),
        ("P1M", "P31D", COMPATIBLE),
    ],
)
def test_a_slower_cycle_breaks_a_promise_to_the_minute_and_another_word_for_it_does_not(
    old: str, new: str, level: Level
) -> None:
    [change] = changes(replace(OLD, update_cycle=old), replace(OLD, update_cycle=new))
    assert (change.where, change.level) == ("update_cycle", level)


ANOTHER: Mapping[str, Any] = {
    "key": None,
    "version": None,
    "contract_file": None,
    "contract_hash": None,
    "origins": None,
    "fields": OLD.fields[:-1],
    "rules": OLD.rules[1:],
    "source": replace(OLD.source, kind="csv_folder"),
    "sharing": Sharing.OPEN,
    "opening": Opening.CONDITIONAL,
    "consent": not OLD.consent,
    "update_cycle": "P2D",
    "division": "370402000000",
    "extra": {"theirs": 1},
    "assessment": Assessment("枣庄市大数据局", date(2026, 11, 20), "经评估"),
    "indicator": Indicator("monthly_amount", "500", "above", "值班员"),
    "engine": Engine.SPARK,
}
"""A value that differs, where a text or a list of texts will not do; None for what is no part of the promise."""
OF_FIELD: Mapping[str, Any] = {
    "key": None,
    "type": FieldType(Kind.INTEGER),
    "grade": Grade.CORE,
    "identifying": Identifying.SENSITIVE,
    "transform": Transform.DROP,
    "scope": ScopeRole.OCCURRENCE,
    "null_markers": ("-",),
    "assessment": ANOTHER["assessment"],
}
OF_SOURCE: Mapping[str, Any] = {"options": {"table": "other"}, "load": Load.APPEND, "on_misfit": Severity.CRITICAL}


def altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return (*value, "other") if isinstance(value, tuple) else f"{value or ''} other"


@pytest.mark.parametrize("name", [one.name for one in dataclass_fields(Dataset)])
def test_whatever_is_changed_in_a_dataset_is_told(name: str) -> None:
    if name in ANOTHER and ANOTHER[name] is None:
        return
    other = ANOTHER[name] if name in ANOTHER else altered(getattr(OLD, name))
    assert changes(OLD, replace(OLD, **{name: other}))


@pytest.mark.parametrize("name", [one.name for one in dataclass_fields(Field) if one.name != "key"])
def test_whatever_is_changed_in_a_field_is_told(name: str) -> None:
    before = OLD.field("name")
    other = OF_FIELD[name] if name in OF_FIELD else altered(getattr(before, name))
    assert changes(OLD, with_field("name", **{name: other}))


@pytest.mark.parametrize("name", [one.name for one in dataclass_fields(Source)])
def test_whatever_is_changed_in_a_source_is_told(name: str) -> None:
    other = OF_SOURCE[name] if name in OF_SOURCE else altered(getattr(OLD.source, name))
    assert changes(OLD, with_source(**{name: other}))


def test_a_field_under_another_name_is_gone_and_new_and_one_in_another_place_is_the_same() -> None:
    renamed = {(c.where, c.level) for c in changes(OLD, with_field("mobile", name="telephone", source_name="mobile"))}
    assert renamed >= {("fields.mobile", BREAKING), ("fields.telephone", MINOR)}
    assert changes(OLD, replace(OLD, fields=OLD.fields[::-1])) == ()


def test_words_of_a_rule_are_told_and_break_nothing() -> None:
    [change] = changes(OLD, with_rule("sex.set", title="性别只能是男或女"))
    assert (change.where, change.level) == ("rules.sex.set", COMPATIBLE)


def test_no_change_needs_no_version() -> None:
    assert changes(OLD, OLD) == ()
    assert version_needed(OLD, ()) == OLD.version == "1.0.0"


@pytest.mark.parametrize(("level", "needed"), [(COMPATIBLE, "1.0.1"), (MINOR, "1.1.0"), (BREAKING, "2.0.0")])
def test_the_gravest_change_decides_the_version(level: Level, needed: str) -> None:
    found = [Change(one, "x", "。", ".") for one in Level if one <= level]
    assert version_needed(OLD, found) == needed
    assert reaches(needed, needed)
    assert reaches("10.0.0", needed)
    assert not reaches("1.0.0", needed)


def test_a_breaking_change_needs_a_new_major_version() -> None:
    broken = without_field("mobile")
    assert [change.where for change in breaks_silently(OLD, broken)] == ["fields.mobile"]
    assert breaks_silently(OLD, replace(broken, version="1.9.0"))
    assert breaks_silently(OLD, replace(broken, version="2.0.0")) == ()


def test_two_datasets_are_no_two_versions() -> None:
    with pytest.raises(BadInput, match="expected two versions of one contract"):
        changes(OLD, replace(OLD, key="civil_affairs.other"))
