"""JSON Schema (draft 7) of a contract file, made from the closed vocabulary, for completion in editors.

It knows the words, their kinds of value and their lists; what one word asks of another the reader checks.
"""

import json
from collections.abc import Iterable, Mapping

from schemas import contract_words as words
from schemas.access import PURPOSES, ROW_MODES
from schemas.catalogued import Category
from schemas.contract_catalogue import CLASS, KEYS, LEAD
from schemas.contract_derived import ASSESSMENT, DIRECTIONS, INDICATOR
from schemas.contract_formats import FITTING, FORMATS
from schemas.dataset import Dimension, Grade, Identifying, Json, Load, Opening, ScopeRole, Severity, Sharing, Transform
from schemas.engine import Engine
from schemas.schema_contract import OF_COLUMNS, OF_TYPES
from schemas.schema_meanings import EXAMPLES, INSIDE, MEANINGS
from schemas.schema_words import BODY_SAID, OURS_SAID, QUALITY_SAID, ROOT_SAID
from schemas.source_limits import HOURS
from schemas.standards.elements import ELEMENTS

FILE = "odcs-yishu.schema.json"
_TEXT: Json = {"type": "string", "pattern": r"^(?!TODO)[\s\S]*\S"}
_ANY_TEXT: Json = {"type": "string"}
_FLAG: Json = {"type": "boolean"}
_NAME: Json = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_KEY: Json = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"}
_DURATION: Json = {"type": "string", "pattern": "^P[0-9TYMWDH]+$", "examples": ["P1D", "P1W", "P1M", "P1Y"]}
_LENGTH: Json = {"type": "string", "pattern": "^P[0-9TWDHMS]+$", "examples": ["PT10M", "PT2H"]}
_DELETES: Mapping[str, Json] = {
    "snapshot": {"type": "string", "examples": ["0 4 * * 0", "P7D"]},
    "most_share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.05},
}
_DIVISION: Json = {"type": "string", "pattern": "^[0-9]{2,15}$"}
_CREDIT_CODE: Json = {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}


def contract_schema() -> Json:
    """The whole schema; always the same for the same vocabulary."""
    root = {
        "apiVersion": {"type": "string", "pattern": r"^v3\.1\.[0-9]+$", "default": "v3.1.0"},
        "kind": {"const": "DataContract"},
        "id": _KEY,
        "name": _TEXT,
        "version": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"},
        "status": {"enum": list(words.STATUSES)},
        "tenant": _DIVISION,
        "description": _table(words.DESCRIPTION, {"purpose": _TEXT}, ("purpose",), ROOT_SAID),
        "tags": _listed(_TEXT),
        "customProperties": _customs(_of_dataset()),
        "schema": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"$ref": "#/definitions/object"}},
    }
    needed = ("apiVersion", "kind", "id", "name", "version", "status", "description", "customProperties", "schema")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "一数数据契约 · Yishu data contract",
        "definitions": {"object": _object(), "property": _property()},
        **_table(words.ROOT, root, needed, ROOT_SAID),
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(contract_schema(), ensure_ascii=False, indent=1) + "\n"


def _object() -> Json:
    parts = {
        "name": _NAME,
        "logicalType": {"const": "object"},
        "properties": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/property"}},
        "quality": {"type": "array", "items": _quality(in_field=False)},
        "tags": _listed(_TEXT),
    }
    return _table(words.OBJECT, parts, ("name", "properties"), BODY_SAID)


def _property() -> Json:
    parts = {
        "name": _NAME,
        "businessName": _TEXT,
        "logicalType": {"enum": list(words.LOGICAL_TYPES)},
        "physicalType": _TEXT,
        "required": _FLAG,
        "unique": _FLAG,
        "primaryKey": _FLAG,
        "primaryKeyPosition": {"type": "integer", "minimum": -1},
        "logicalTypeOptions": _table(words.OPTIONS, {"pattern": _TEXT}, (), INSIDE),
        "quality": {"type": "array", "items": _quality(in_field=True)},
        "customProperties": _customs(_of_field()),
        "tags": _listed(_TEXT),
    }
    number: Json = {"properties": {"physicalType": {"pattern": r"^(DECIMAL\( *[0-9]+ *, *[0-9]+ *\)|DOUBLE)$"}}}
    return {
        **_table(words.PROPERTY, parts, ("name", "businessName", "logicalType"), BODY_SAID),
        "if": {"properties": {"logicalType": {"const": "number"}}, "required": ["logicalType"]},
        "then": {**number, "required": ["physicalType"]},
    }


def _quality(*, in_field: bool) -> Json:
    parts = {
        "name": {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"},
        "type": {"const": "custom"},
        "engine": {"const": "greatExpectations"},
        "implementation": _expectation(in_field=in_field),
        "severity": _enum(s.value for s in Severity),
        "dimension": _enum(d.value for d in Dimension),
        "description": _TEXT,
        "customProperties": _customs({"yishu.title_en": _TEXT}),
        "tags": _listed(_TEXT),
    }
    return _table(words.QUALITY, parts, ("type", "engine", "implementation"), QUALITY_SAID)


def _expectation(*, in_field: bool) -> Json:
    """In a field's own items its column is filled in."""
    cases = []
    for name, form in words.EXPECTATIONS.items():
        needed = [a for a in form.needed if not (in_field and a == "column")]
        kwargs: dict[str, Json] = {
            "type": "object",
            "properties": {a: {} for a in (*form.needed, *form.either, *form.allowed)},
            "additionalProperties": False,
            "required": needed,
        }
        if form.either:
            kwargs["anyOf"] = [{"required": [a]} for a in form.either]
        told = ["kwargs"] if needed or form.either else []
        cases.append(_case("type", name, {"properties": {"kwargs": kwargs}, "required": told}))
    parts: dict[str, Json] = {"type": {"enum": list(words.EXPECTATIONS)}, "kwargs": {"type": "object"}}
    return {**_table(("type", "kwargs"), parts, ("type",), INSIDE), "allOf": cases}


def _of_dataset() -> Mapping[str, Json]:
    sharing: dict[str, Json] = {
        "class": _enum(s.value for s in Sharing),
        "condition": _ANY_TEXT,
        "basis": _ANY_TEXT,
        "tiers": _listed(_enum(words.TIERS)),
        "transforms": _listed(_enum(words.TRANSFORMS)),
    }
    owner = {"credit_code": _CREDIT_CODE, "name": _TEXT, "division": _DIVISION}
    opening = {"attribute": _enum(o.value for o in Opening), "condition": _ANY_TEXT}
    indicator: dict[str, Json] = {"threshold": _TEXT, "direction": _enum(DIRECTIONS)}
    return {
        "yishu.title_en": _TEXT,
        "yishu.description_en": _ANY_TEXT,
        "yishu.owner": _table(words.OWNER, owner, words.OWNER, INSIDE),
        "yishu.sharing": {
            **_table(words.SHARING, sharing, ("class",), INSIDE),
            "allOf": [
                _case("class", "conditional", {"required": ["condition"]}),
                _case("class", "withheld", {"required": ["basis"]}),
            ],
        },
        "yishu.update_cycle": _DURATION,
        "yishu.subject": _enum(("person", "enterprise")),
        "yishu.scope": _ANY_TEXT,
        "yishu.purposes": _listed({"anyOf": [_one(p, " · ".join(said)) for p, said in PURPOSES.items()]}),
        "yishu.modes": _listed(_enum(m.value for m in ROW_MODES)),
        "yishu.source": _source(),
        "yishu.extra": {"type": "object"},
        "yishu.catalogue_code": {"type": "string", "pattern": "^([0-9A-Za-z][0-9A-Za-z/-]*)?$"},
        "yishu.open": _table(words.OPEN, opening, ("attribute",), INSIDE),
        "yishu.grace": _DURATION,
        "yishu.consent": _FLAG,
        "yishu.subject_key": {**_listed(_NAME), "minItems": 1},
        "yishu.formats": _listed({"enum": list(FORMATS)}),
        "yishu.assessment": _table(ASSESSMENT, {}, ASSESSMENT, INSIDE),
        "yishu.indicator": _table(INDICATOR, indicator, INDICATOR, INSIDE),
        "yishu.engine": _enum(e.value for e in Engine),
        "yishu.catalogue": _catalogue(),
    }


def _of_field() -> Mapping[str, Json]:
    return {
        "yishu.title_en": _TEXT,
        "yishu.source_name": _TEXT,
        "yishu.element": {"anyOf": [_one(e.id, f"{e.title} · {e.title_en}") for e in ELEMENTS]},
        "yishu.grade": _enum(g.word for g in Grade),
        "yishu.identifying": _enum(i.value for i in Identifying),
        "yishu.transform": _enum(t.word for t in Transform),
        "yishu.scope_role": _enum(r.value for r in ScopeRole),
        "yishu.shareable": _FLAG,
        "yishu.withheld_basis": _TEXT,
        "yishu.format": {"type": "string", "pattern": "%"},
        "yishu.null_markers": _listed(_ANY_TEXT),
        "yishu.authority": _TEXT,
        "yishu.assessment": _table(ASSESSMENT, {}, ASSESSMENT, INSIDE),
        "yishu.condition": _TEXT,
    }


def _catalogue() -> Json:
    path = {"category": _enum(c.value for c in Category), "project": _TEXT}
    parts: dict[str, Json] = {
        "class": _table(CLASS, path, ("category", "project"), INSIDE),
        "related": _listed(_TEXT),
        "lead": _table(LEAD, {"credit_code": _CREDIT_CODE, "name": _TEXT}, ("name",), INSIDE),
        "contacts": _listed(_TEXT),
        "published_on": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "secret": {"const": False},
    }
    return _table(KEYS, parts, (), INSIDE)


def _source() -> Json:
    changes: dict[str, Json] = {"columns": _enum(OF_COLUMNS), "data_type": _enum(OF_TYPES)}
    limits: dict[str, Json] = {
        "hours": _listed({"type": "string", "pattern": HOURS, "examples": ["20:00-06:00"]}),
        "rows_per_second": {"type": "integer", "minimum": 1},
        "slots": {"type": "integer", "minimum": 1},
    }
    parts: dict[str, Json] = {
        "kind": {"anyOf": [{"enum": list(FITTING)}, _NAME]},
        "connection": _ANY_TEXT,
        "load": _enum(x.value for x in Load),
        "schedule": {"type": "string", "examples": ["0 2 * * *"]},
        "null_markers": _listed(_ANY_TEXT),
        "on_misfit": _enum(("error", "critical")),
        "inputs": _listed(_KEY),
        "pool": _ANY_TEXT,
        "schema_contract": _table(words.SCHEMA_CONTRACT, changes, (), INSIDE),
        "limits": _table(words.LIMITS, limits, (), INSIDE),
        "options": {"type": "object"},
        "order": _NAME,
        "lag": _LENGTH,
        "deletes": _table(words.DELETES, _DELETES, ("snapshot",), INSIDE),
    }
    return {
        **_table(words.SOURCE, parts, ("kind",), INSIDE),
        "if": {"properties": {"kind": {"const": "derived"}}, "required": ["kind"]},
        "then": {"required": ["inputs"], "properties": {"schedule": {"const": ""}, "inputs": {"minItems": 1}}},
        "else": {"anyOf": [{"properties": {"kind": {"const": "inbox"}}}, {"required": ["connection"]}]},
    }


def _customs(shapes: Mapping[str, Json]) -> Json:
    """A list of {property, value}; the value of a property of ours has that property's shape."""
    names = [_one(name, OURS_SAID[name]) for name in shapes]
    parts: dict[str, Json] = {
        "property": {"anyOf": [*names, {"type": "string", "pattern": r"^(?!yishu\.)"}]},
        "value": {},
        "description": _ANY_TEXT,
        "id": _ANY_TEXT,
    }
    cases = [_case("property", name, {"properties": {"value": _shown(name, shape)}}) for name, shape in shapes.items()]
    return {"type": "array", "items": {**_table(tuple(parts), parts, ("property", "value"), {}), "allOf": cases}}


def _shown(name: str, shape: Json) -> Json:
    """The shape of a property of ours with its meaning and an example."""
    told = {"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}
    return {**shape, "description": OURS_SAID[name], **told}


def _enum(words: Iterable[str]) -> Json:
    """One of some words; what each means is a keyword of editors that validators pass over."""
    listed = list(words)
    return {"enum": listed, "enumDescriptions": [MEANINGS[word] for word in listed]}


def _table(keys: Iterable[str], shapes: Mapping[str, Json], needed: Iterable[str], said: Mapping[str, str]) -> Json:
    """A mapping of exactly these keys; a key without a shape takes anything."""
    properties = {key: dict(shapes.get(key, {})) for key in keys}
    for key, text in said.items():
        if key in properties:
            properties[key]["description"] = text
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": list(needed)}


def _listed(of: Json) -> Json:
    return {"type": "array", "items": of, "uniqueItems": True}


def _one(word: str, said: str) -> Json:
    return {"const": word, "description": said}


def _case(key: str, word: str, then: Json) -> Json:
    return {"if": {"properties": {key: {"const": word}}, "required": [key]}, "then": then}
