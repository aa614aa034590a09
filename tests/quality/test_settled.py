"""Configurations of expectations are kept, and never those of another expectation."""

from great_expectations.expectations.registry import get_expectation_impl, list_registered_expectation_implementations

from quality.settled import Settled, settle
from quality.suite import suite_for  # noqa: F401  # importing it settles

NOT_NULL = "expect_column_values_to_not_be_null"


def test_what_an_expectation_says_of_itself_is_made_once() -> None:
    one = get_expectation_impl(NOT_NULL)(column="a", mostly=0.5)
    assert one.configuration is one.configuration
    assert (one.configuration.type, one.configuration.kwargs) == (NOT_NULL, {"column": "a", "mostly": 0.5})


def test_a_changed_expectation_and_a_copy_say_what_they_are_now() -> None:
    one = get_expectation_impl(NOT_NULL)(column="a", id="1")
    assert one.configuration.id == "1"
    other = one.copy(update={"id": "2", "column": "b"})
    assert (other.configuration.id, other.configuration.kwargs) == ("2", {"column": "b"})
    one.id = "3"
    assert (one.configuration.id, one.configuration.kwargs) == ("3", {"column": "a"})


def test_all_expectations_are_settled_once_under_their_own_names() -> None:
    before = {name: get_expectation_impl(name) for name in list_registered_expectation_implementations()}
    assert all(issubclass(kind, Settled) and kind.expectation_type == name for name, kind in before.items())
    settle()
    assert before == {name: get_expectation_impl(name) for name in before}
