"""An inbox for tests: complaints that a mini-programme pushes, compiled to rules as a contract's fields are."""

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.contract_rules import field_rules, key_rule
from schemas.dataset import Dataset, Dimension, Field, FieldType, Grade, Identifying, Kind, Load, Rule, Severity, Source
from tests.builders import CIVIL_AFFAIRS, TENGZHOU_CIVIL, make_dataset, make_field

KEY = "civil_affairs.complaint"
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "number": {"maxLength": 20, "pattern": "^TS[0-9]+$"},
    "score": {"minimum": 1, "maximum": 5},
    "paid": {"minimum": 0},
}
FIELDS = (
    make_field("number", title="诉求编号", title_en="Number", key=1, required=True),
    make_field("person_id", title="公民身份号码", title_en="Resident id", element="resident_id", grade=Grade.GENERAL_3,
               identifying=Identifying.DIRECT),
    make_field("place", title="发生地", title_en="Place", element="division"),
    make_field("score", title="评分", title_en="Score", type=FieldType(Kind.INTEGER)),
    make_field("paid", title="金额", title_en="Amount", type=FieldType(Kind.DECIMAL, 18, 2)),
    make_field("happened", title="发生时间", title_en="Happened", type=FieldType(Kind.TIMESTAMP)),
    make_field("urgent", title="是否紧急", title_en="Urgent", type=FieldType(Kind.BOOLEAN)),
    make_field("said", title="内容", title_en="What was said"),
    make_field("kind", title="类别", title_en="Kind", source_name="lb"),
)  # fmt: skip
IN_LIST = {"column": "kind", "value_set": ["物业", "供热", "交通"]}
KINDS = Rule("kind.known", "expect_column_values_to_be_in_set", IN_LIST, Severity.ERROR, Dimension.CONFORMITY,
             "类别须在目录中", "Kind must be in the list")  # fmt: skip
GOOD: Mapping[str, Any] = {
    "number": "TS1",
    "person_id": "11010119900307002X",
    "place": "370402",
    "score": 5,
    "paid": "12.50",
    "happened": "2026-11-19T08:00:00+08:00",
    "urgent": True,
    "said": "暖气不热",
    "lb": "供热",
}
"""One record that keeps every promise; `lb` is what the source calls its kind."""


def rules(fields: Sequence[Field] = FIELDS) -> tuple[Rule, ...]:
    compiled = tuple(rule for field in fields for rule in field_rules(field, False, OPTIONS.get(field.name, {})))
    return (*compiled, *key_rule(tuple(fields)), KINDS)


def complaints(**told: Any) -> Dataset:
    """The dataset; Tengzhou may push beside its owner."""
    options = {"senders": [TENGZHOU_CIVIL]} | told.pop("options", {})
    source = Source("inbox", "", options, load=told.pop("source_load", Load.APPEND))
    facts: dict[str, Any] = {"fields": FIELDS, "rules": rules(), "source": source, "default_scope": "place"}
    facts |= {"owner": CIVIL_AFFAIRS, "title": "群众诉求", "title_en": "Complaints", "purposes": ("own_duty",)}
    return make_dataset(KEY, **facts | told)


def record(number: int = 1, **told: Any) -> dict[str, Any]:
    """A good record of that number, some of it told otherwise."""
    return {**GOOD, "number": f"TS{number}", **told}


def as_json(*records: Any) -> bytes:
    return json.dumps({"records": list(records)}, ensure_ascii=False).encode()


def packed(body: bytes) -> bytes:
    return gzip.compress(body)
