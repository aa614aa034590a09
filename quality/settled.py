"""Great Expectations' expectations with their configuration kept: asked for hundreds of times a run, made once.

An expectation writes itself out as an ExpectationConfiguration whenever any of its arguments is looked up, ninety times
for each rule of a run. These are the same classes under the same names.
"""

import logging
import types
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)
from pydantic.v1 import PrivateAttr

REGISTRY = "great_expectations.expectations.registry"
"""Its logger warns of each name that is declared once more."""


class Settled:
    """Before an expectation's class among the bases of another: keeps what the expectation says of itself."""

    _kept: tuple[dict[str, Any], ExpectationConfiguration] | None

    @property
    def configuration(self) -> ExpectationConfiguration:
        """As the expectation's own, made anew where a field has another value. Nobody changes what is given."""
        if self._kept is None or self._kept[0] != self.__dict__:
            made: ExpectationConfiguration = super().configuration  # type: ignore[misc]  # the expectation's
            self._kept = (dict(self.__dict__), made)
        return self._kept[1]


def settle() -> None:
    """Put a settled class in the place of every registered one that is not."""
    logger = logging.getLogger(REGISTRY)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        for name in list_registered_expectation_implementations():
            kind = get_expectation_impl(name)
            if not issubclass(kind, Settled):
                _settled(kind)
    finally:
        logger.setLevel(before)


def _settled(kind: type[Expectation]) -> None:
    """Declaring the class registers it."""
    told = {"__module__": kind.__module__, "__doc__": kind.__doc__, "_kept": PrivateAttr(None)}
    types.new_class(kind.__name__, (Settled, kind), exec_body=lambda space: space.update(told))
