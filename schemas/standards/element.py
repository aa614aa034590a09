"""What a data element 数据元 is: names, definition, type, the checks it brings, its place among graded items."""

from dataclasses import dataclass

from schemas.dataset import Dimension, FieldType, Grade, Identifying, Json, Kind, Severity, Transform
from schemas.standards.code_tables import TABLES

TEXT = FieldType(Kind.STRING)
"""Codes and numbers of people are text: they begin with zeros and nobody adds them up."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The rule that an element brings to each field that declares it."""

    suffix: str
    """Rule name after the field's name: `person_id.resident_id`."""
    expectation: str
    arguments: tuple[tuple[str, Json], ...] = ()
    severity: Severity = Severity.ERROR
    dimension: Dimension = Dimension.CONFORMITY
    said: str = ""
    said_en: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One data element of the city's standard."""

    id: str
    title: str
    title_en: str
    aliases: tuple[str, ...]
    """What departments call it: Chinese names and pinyin initials."""
    definition: str
    type: FieldType
    promises: tuple[Promise, ...]
    identifying: Identifying
    grade: Grade
    transform: Transform
    table: str = ""
    """The code table that its values come from; empty where there is none."""


def formed(suffix: str, regex: str, said: str, said_en: str) -> Promise:
    """The promise of a form: the whole value matches `regex`."""
    return Promise(
        suffix, "expect_column_values_to_match_regex", (("regex", f"^{regex}$"),), said=said, said_en=said_en
    )


def coded(table: str, severity: Severity = Severity.ERROR) -> Promise:
    """The promise of a code table: the value is one of its codes, written as the standard writes it."""
    of = TABLES[table]
    return Promise(
        "code",
        "expect_column_values_to_be_in_code_table",
        (("table", table),),
        severity,
        said=f"须为 {of.standard} 的代码",
        said_en=f"must be a code of {of.standard}",
    )
