"""The register, its search and its lineage."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.organisations import Organisation
from catalog.search import Hit, Wanted
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Subject, Tier
from schemas.dataset import Dataset, Dimension, Load, Rule, Severity, Sharing, Source
from schemas.errors import BadAsk, NotReady, Unknown
from schemas.origin import How, Origin
from tests.builders import (
    CIVIL_AFFAIRS,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
    make_verdict,
)

LOW_INCOME = make_dataset(tags=("救助", "低保"))
ENTERPRISE = make_dataset(
    "market_regulation.enterprise",
    title="企业登记信息",
    title_en="Registered enterprises",
    sharing=Sharing.UNCONDITIONAL,
    owner="11370400004305000B",
    owner_name="枣庄市市场监督管理局",
    fields=(make_field("credit_code", title="统一社会信用代码", element="credit_code"),),
    subject_kind="enterprise",
    default_scope="",
)
PENALTY = make_dataset("credit.penalty", title="行政处罚", title_en="Penalties", sharing=Sharing.OPEN)
SECRET = make_dataset("public_security.case", title="低保案件", sharing=Sharing.WITHHELD)
PROFILE = make_dataset(
    "credit.enterprise_profile",
    title="企业信用画像",
    source=Source("derived", "", {"sql": "select 1"}, load=Load.SNAPSHOT, inputs=(ENTERPRISE.key, PENALTY.key)),
)
ALL = (LOW_INCOME, ENTERPRISE, PENALTY, SECRET, PROFILE)


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    for dataset in ALL:
        shelf.register(dataset, NOW)
    return shelf


def keys(shelf: Shelf, text: str, **filters: str) -> list[str]:
    return found(shelf, text, make_subject(), **filters)


def found(shelf: Shelf, text: str, subject: Subject, **filters: str) -> list[str]:
    return [hit.dataset.key for hit in shelf.catalogue.search(Wanted(text, filters), subject, NOW).hits]


def first(shelf: Shelf, text: str) -> Hit:
    return shelf.catalogue.search(Wanted(text), make_subject(), NOW).hits[0]


def test_a_dataset_comes_back_as_it_was_registered(stocked: Shelf) -> None:
    assert stocked.dataset(LOW_INCOME.key) == LOW_INCOME
    assert tuple(stocked.datasets()) == tuple(sorted(ALL, key=lambda d: d.key))
    with pytest.raises(Unknown, match=r"no dataset 'no.such'"):
        stocked.dataset("no.such")


def test_registering_the_same_contract_again_changes_nothing(stocked: Shelf) -> None:
    assert stocked.register(LOW_INCOME, NOW + timedelta(days=1)) is False


def test_a_new_contract_replaces_the_old_one_and_its_items(stocked: Shelf) -> None:
    newer: Dataset = replace(LOW_INCOME, version="2.0.0", fields=LOW_INCOME.fields[1:], contract_hash="2" * 64)
    assert stocked.register(newer, NOW) is True
    assert stocked.dataset(LOW_INCOME.key) == newer
    assert (LOW_INCOME.key, "person_id") not in stocked.holders_of("resident_id")
    assert (LOW_INCOME.key, "household") in stocked.holders_of("division")


def test_who_collects_an_element_is_known(stocked: Shelf) -> None:
    assert stocked.holders_of("credit_code") == ((ENTERPRISE.key, "credit_code"),)


def test_search_puts_the_title_itself_first(stocked: Shelf) -> None:
    assert keys(stocked, "企业登记信息") == [ENTERPRISE.key]
    assert keys(stocked, "企业")[0] == PROFILE.key
    assert keys(stocked, "行政处罚")[0] == PENALTY.key
    assert first(stocked, "城乡低保对象").rank == 0


def test_search_finds_items_owners_tags_and_english_whatever_the_width_or_case(stocked: Shelf) -> None:
    assert keys(stocked, "信用代码") == [ENTERPRISE.key]
    assert first(stocked, "信用代码").fields == ("credit_code",)
    assert keys(stocked, "市场监督") == [ENTERPRISE.key]
    assert keys(stocked, "救助") == [LOW_INCOME.key]
    assert keys(stocked, "REGISTERED  enterprises") == [ENTERPRISE.key]
    assert keys(stocked, "ｐｅｎａｌｔｉｅｓ") == [PENALTY.key]


@pytest.mark.parametrize("text", ["%", "cre_it_code", "\\", "'; drop table dataset; --"])
def test_signs_of_sql_are_only_text(stocked: Shelf, text: str) -> None:
    assert keys(stocked, text) == []
    assert keys(stocked, "credit_code") == keys(stocked, "credit%code") == [ENTERPRISE.key]


def test_nobody_finds_what_they_may_not_know_of(stocked: Shelf) -> None:
    assert SECRET.key not in keys(stocked, "低保")
    assert found(stocked, "", PUBLIC) == [PENALTY.key]
    owner = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS)
    assert SECRET.key in found(stocked, "低保", owner)


def test_an_outsider_finds_what_it_has_a_grant_on(stocked: Shelf) -> None:
    outsider = make_subject(government=False)
    assert found(stocked, "低保", outsider) == []
    stocked.parties.add_organisation(
        Organisation(TENGZHOU_CIVIL, "某社会组织", "", TENGZHOU, Tier.COUNTY, government=False)
    )
    stocked.grant(make_grant(), NOW)
    assert found(stocked, "低保", outsider) == [LOW_INCOME.key]


def test_filters_narrow_and_an_unknown_one_says_which_there_are(stocked: Shelf) -> None:
    assert keys(stocked, "", sharing="unconditional") == [ENTERPRISE.key]
    assert keys(stocked, "", department="credit") == [PROFILE.key, PENALTY.key]
    assert keys(stocked, "", element="credit_code", subject_kind="enterprise") == [ENTERPRISE.key]
    with pytest.raises(BadAsk, match="expected one of department"):
        keys(stocked, "", colour="red")


def test_lineage_leads_from_sources_to_what_is_made_of_them(stocked: Shelf) -> None:
    edges = {(e.start, e.end[1]) for e in stocked.catalogue.lineage(ENTERPRISE.key, make_subject(), NOW).edges}
    assert edges == {
        (("source", f"source:{ENTERPRISE.key}"), ENTERPRISE.key),
        (("dataset", ENTERPRISE.key), PROFILE.key),
    }
    assert feeding(stocked) == {ENTERPRISE.key, PENALTY.key}


def feeding(shelf: Shelf) -> set[str]:
    return {
        e.start[1] for e in shelf.catalogue.lineage(PROFILE.key, make_subject(), NOW).edges if e.end[1] == PROFILE.key
    }


def test_an_edge_that_a_new_contract_drops_is_gone_and_one_that_stays_keeps_its_date(stocked: Shelf) -> None:
    newer = replace(PROFILE, source=replace(PROFILE.source, inputs=(PENALTY.key,)), contract_hash="3" * 64)
    stocked.register(newer, NOW + timedelta(days=1))
    kept = [e for e in stocked.catalogue.lineage(PENALTY.key, make_subject(), NOW).edges if e.end[1] == PROFILE.key]
    assert [e.since for e in kept] == [NOW]
    assert feeding(stocked) == {PENALTY.key}


def test_references_are_the_files_of_what_rules_and_inputs_name(stocked: Shelf) -> None:
    rule = Rule(
        "person_id.known", "expect_column_values_to_be_in_dataset",
        {"column": "person_id", "dataset": LOW_INCOME.key, "dataset_column": "person_id"},
        Severity.ERROR, Dimension.CONSISTENCY,
    )  # fmt: skip
    dataset = make_dataset("health.elderly_checkup", rules=(rule,))
    assert set(stocked.references(dataset)) == {"divisions"}
    snapshot = stocked.publish(LOW_INCOME, make_verdict(stocked.lake, LOW_INCOME, [low_income_row(1)]), NOW)
    found = stocked.references(dataset)
    assert found[LOW_INCOME.key] == (stocked.lake / snapshot.files[0].part.path,)


def test_a_derived_dataset_waits_for_its_inputs(stocked: Shelf) -> None:
    with pytest.raises(
        NotReady, match=r"market_regulation.enterprise, credit.penalty, which have no published version"
    ):
        stocked.inputs(PROFILE)
    stocked.publish(PENALTY, make_verdict(stocked.lake, PENALTY, [low_income_row(1)]), NOW)
    with pytest.raises(NotReady, match=r"market_regulation.enterprise"):
        stocked.inputs(PROFILE)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_database_can_hold_is_simply_not_there(stocked: Shelf, text: str) -> None:
    with pytest.raises(Unknown):
        stocked.dataset(text)
    assert keys(stocked, text) == []
    assert keys(stocked, "", owner=text) == []
    assert stocked.receipts.of(text) is None
    receipt = stocked.record(stocked.decide(make_ask(purpose=text, case=text, division=text)))
    assert stocked.receipts.of(receipt.number) == receipt
    assert stocked.receipts.verify() == ()


def test_columns_are_drawn_from_what_the_compiler_read_and_redrawn_when_it_reads_otherwise(stocked: Shelf) -> None:
    origins = (
        Origin("credit_code", ENTERPRISE.key, "credit_code", How.DIRECT),
        Origin("", PENALTY.key, "amount", How.CONDITION),
    )
    assert stocked.register(replace(PROFILE, origins=origins), NOW) is True
    drawn = stocked.catalogue.column_lineage(PROFILE.key, make_subject()).edges
    assert {(e.dataset, e.column, e.field, e.how) for e in drawn} == {
        (ENTERPRISE.key, "credit_code", "credit_code", How.DIRECT),
        (PENALTY.key, "amount", "", How.CONDITION),
    }
    of_input = stocked.catalogue.column_lineage(ENTERPRISE.key, make_subject()).edges
    assert of_input == tuple(e for e in drawn if e.dataset == ENTERPRISE.key)
    stocked.register(replace(PROFILE, origins=origins[:1]), NOW)
    assert stocked.catalogue.column_lineage(PENALTY.key, make_subject()).edges == ()
    assert feeding(stocked) == {ENTERPRISE.key, PENALTY.key}
