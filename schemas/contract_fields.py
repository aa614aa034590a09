"""The properties of a contract as fields: names, types, keys, grades, elements and roles of place."""

import re
from dataclasses import dataclass, replace

from schemas.contract_derived import read_assessment
from schemas.contract_options import read_options
from schemas.contract_page import Page, Table, customs
from schemas.contract_words import LOGICAL_TYPES, OURS_OF_FIELD, PROPERTY
from schemas.dataset import Field, FieldType, Grade, Identifying, Json, Kind, ScopeRole, Transform
from schemas.standards.elements import ELEMENTS, Element, find_element
from schemas.yaml_text import Spot

NAME = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = re.compile(r"DECIMAL\( *([0-9]{1,2}) *, *([0-9]{1,2}) *\)", re.IGNORECASE)
_FAMILIES = {
    "string": (
        "CHAR",
        "VARCHAR",
        "NCHAR",
        "NVARCHAR",
        "VARCHAR2",
        "NVARCHAR2",
        "TEXT",
        "CLOB",
        "STRING",
        "UUID",
        "ENUM",
    ),
    "integer": ("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "INT2", "INT4", "INT8", "SERIAL"),
    "number": ("DECIMAL", "NUMERIC", "NUMBER", "MONEY", "DOUBLE", "FLOAT", "REAL", "FLOAT4", "FLOAT8"),
    "boolean": ("BOOLEAN", "BOOL", "BIT"),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMPTZ", "DATETIME"),
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words}
_GRADES = {grade.word: grade for grade in Grade}
_TRANSFORMS = {transform.word: transform for transform in Transform}


@dataclass(frozen=True, slots=True)
class Property:
    """A field, and of its property what the rules are compiled from."""

    field: Field
    spot: Spot
    unique: bool
    options: dict[str, Json]
    quality: tuple[Spot, ...]


def read_properties(table: Table) -> tuple[Property, ...]:
    """Every property of the one schema object; names, key positions and roles are there once."""
    page = table.page
    spots = table.items("properties")
    if not spots and not table.broken:
        table.wrong("properties", "at least one property", "none")
    found = [_property(page.table(spot, PROPERTY)) for spot in spots]
    _once(page, [(p.field.name, p.spot, "name") for p in found])
    _once(page, [(p.field.scope.value, p.spot, "yishu.scope_role") for p in found if p.field.scope])
    firsts = {p.field.name: p for p in reversed(found)}.values()
    _once(page, [(p.field.source_name, p.spot, "yishu.source_name") for p in reversed(list(firsts))])
    return _with_key(page, found)


def _property(table: Table) -> Property:
    ours = customs(table, OURS_OF_FIELD)
    name = table.checked("name", table.text("name"), checked_name)
    of = _type(table)
    element = _element(ours, of)
    shareable = ours.flag("yishu.shareable", True)
    field = Field(
        name=name,
        title=table.text("businessName", "the Chinese name"),
        title_en=ours.maybe("yishu.title_en") or name.replace("_", " "),
        type=of,
        source_name=ours.maybe("yishu.source_name") or name,
        required=table.flag("required"),
        key=_position(table),
        element=element.id if element else None,
        grade=_GRADES[ours.chosen("yishu.grade", _GRADES, (element.grade if element else Grade.GENERAL_2).word)],
        identifying=_identifying(ours, element),
        transform=_transform(ours, element),
        shareable=shareable,
        withheld_basis=_withheld_basis(ours, shareable),
        scope=_scope_role(ours, element),
        format=_format(ours, of),
        null_markers=ours.markers("yishu.null_markers") if ours.has("yishu.null_markers") else None,
        description=table.maybe("description"),
        authority=ours.maybe("yishu.authority"),
        assessment=read_assessment(ours),
        condition=ours.maybe("yishu.condition"),
    )
    return Property(field, table.spot, table.flag("unique"), read_options(table, of), tuple(table.items("quality")))


def checked_name(text: str) -> str:
    """The name itself where it can be one; ValueError otherwise."""
    if not NAME.fullmatch(text):
        raise ValueError("no such name, expected small letters, digits and _, a letter first ([a-z][a-z0-9_]*)")
    return text


def _type(table: Table) -> FieldType:
    logical = table.chosen("logicalType", LOGICAL_TYPES)
    physical = table.maybe("physicalType")
    word = re.split(r"[^A-Za-z0-9]", physical, maxsplit=1)[0].upper()
    if _FAMILY.get(word, logical) != logical:
        table.wrong("physicalType", f"a type that fits logicalType {logical}, e.g. {_FAMILIES[logical][0]}")
        return FieldType(Kind.STRING)
    if logical != "number":
        return FieldType(Kind(logical))
    return _number(table, physical)


def _number(table: Table, physical: str) -> FieldType:
    if physical.upper() == "DOUBLE":
        return FieldType(Kind.DOUBLE)
    digits = _DECIMAL.fullmatch(physical)
    precision, scale = (int(digits[1]), int(digits[2])) if digits else (0, 0)
    if not digits:
        found = repr(physical) if physical else "nothing"
        table.wrong("physicalType", "DECIMAL(p,s) for exact numbers such as money, or DOUBLE", found)
    elif not (1 <= precision <= 38 and scale <= precision):
        table.wrong("physicalType", "DECIMAL(p,s) with p from 1 to 38 and s from 0 to p")
    return FieldType(Kind.DECIMAL, precision, scale)


def _element(ours: Table, of: FieldType) -> Element | None:
    if not ours.has("yishu.element"):
        return None
    word = ours.text("yishu.element")
    found = find_element(word) if word else None
    if found is None or found.id != word:
        hint = f"; {word!r} is {found.id}" if found else ""
        if word:
            ours.wrong("yishu.element", f"one of {', '.join(e.id for e in ELEMENTS)}{hint}")
        return found
    if of != found.type:
        ours.wrong("yishu.element", f"logicalType {found.type} beside it", f"{word!r} on logicalType {of.kind.value}")
    return found


def _scope_role(ours: Table, element: Element | None) -> ScopeRole | None:
    role = ours.chosen("yishu.scope_role", [r.value for r in ScopeRole], "")
    if role and (element is None or element.id != "division"):
        ours.wrong("yishu.scope_role", "yishu.element division beside it", f"{role!r} on a field that is no division")
    return ScopeRole(role) if role else None


def _withheld_basis(ours: Table, shareable: bool) -> str:
    basis = ours.maybe("yishu.withheld_basis")
    if not shareable and not basis:
        ours.wrong("yishu.withheld_basis", "the law and article that withhold this item", "nothing")
    return basis


def _identifying(ours: Table, element: Element | None) -> Identifying:
    default = element.identifying if element else Identifying.NONE
    return Identifying(ours.chosen("yishu.identifying", [i.value for i in Identifying], default.value))


def _transform(ours: Table, element: Element | None) -> Transform:
    default = element.transform if element else Transform.CLEAR
    return _TRANSFORMS[ours.chosen("yishu.transform", _TRANSFORMS, default.word)]


def _format(ours: Table, of: FieldType) -> str:
    pattern = ours.maybe("yishu.format")
    if pattern and of.kind not in (Kind.DATE, Kind.TIMESTAMP):
        ours.wrong("yishu.format", "no format here: only dates and timestamps have one")
    elif pattern and "%" not in pattern:
        ours.wrong("yishu.format", "a strptime pattern such as %Y/%m/%d")
    return pattern


def _position(table: Table) -> int:
    """1, 2… as told, -1 for a key part without a position, 0 for no key."""
    position = table.integer("primaryKeyPosition")
    is_key = table.flag("primaryKey")
    if position is not None and not is_key and position != -1:
        table.wrong("primaryKey", "true beside a primaryKeyPosition", "nothing" if not table.has("primaryKey") else "")
    if position is not None and is_key and position < 1:
        table.wrong("primaryKeyPosition", "a position from 1")
    return (position or -1) if is_key else 0


def _once(page: Page, found: list[tuple[str, Spot, str]]) -> None:
    """Every word once; the mistake is at the property that repeats it."""
    seen: dict[str, Spot] = {}
    for word, spot, key in found:
        if word and word in seen:
            here = Spot(spot.node, f"{spot.where}.{key}")
            page.wrong(here, f"each once; line {seen[word].line} has it", f"{word!r} twice")
        seen.setdefault(word, spot)


def _with_key(page: Page, found: list[Property]) -> tuple[Property, ...]:
    """Positions of the primary key as 1, 2, 3…; told for all parts or for none."""
    parts = [p for p in found if p.field.key]
    told = sorted(p.field.key for p in parts if p.field.key > 0)
    if told and told != list(range(1, len(parts) + 1)):
        where = Spot(parts[-1].spot.node, f"{parts[-1].spot.where}.primaryKeyPosition")
        positions = ", ".join(str(p.field.key) if p.field.key > 0 else "none" for p in parts)
        expected = f"every part of the key numbered once, from 1 to {len(parts)}"
        page.wrong(where, expected, f"{positions}")
    return tuple(replace(p, field=replace(p.field, key=parts.index(p) + 1)) if p.field.key < 0 else p for p in found)
