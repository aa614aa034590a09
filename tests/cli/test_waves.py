"""What rules look values up in is run first; what is made of others is awaited with the last of them."""

from dataclasses import replace

from cli.waves import waves
from schemas.contract import find_contracts, read_contract
from schemas.dataset import Dataset, Dimension, Rule, Severity
from schemas.settings import SHIPPED_CONTRACTS


def shipped() -> dict[str, Dataset]:
    return {d.key: d for d in map(read_contract, find_contracts((SHIPPED_CONTRACTS,)))}


def test_the_shipped_contracts_are_one_wave() -> None:
    assert waves(shipped()) == [sorted(shipped())]


def test_a_dataset_follows_those_that_its_rules_name() -> None:
    datasets = shipped()
    named = {"column": "x", "dataset": "credit.penalty", "dataset_column": "y"}
    rule = Rule("x.known", "expect_column_values_to_be_in_dataset", named, Severity.ERROR, Dimension.CONSISTENCY)
    low_income = datasets["civil_affairs.low_income"]
    found = waves(datasets | {low_income.key: replace(low_income, rules=(rule,))})
    assert [("credit.penalty" in wave, low_income.key in wave) for wave in found] == [(True, False), (False, True)]
