"""One column as lines of a contract: facts as they are, proposals marked with their reason, questions as TODO."""

import json
from collections.abc import Iterator

from cli.drafting.column import Item
from schemas.dataset import Identifying, Kind, ScopeRole, Transform
from schemas.lint_proposals import MARK
from schemas.sampled import all_apart, digits, enumeration, form, likely_type, markers, never_missing
from schemas.standards.element import TEXT, Element

_LOGICAL = {Kind.DECIMAL: "number", Kind.DOUBLE: "number"}
_ROLES = ", ".join(role.value for role in ScopeRole)


def text(value: str) -> str:
    """A text in quotes, on one line, so that no code becomes a number."""
    return json.dumps("".join(c if c.isprintable() else " " for c in value), ensure_ascii=False)


def remark(value: str) -> str:
    """What may stand in a comment: one line, nothing that does not print."""
    return "".join(c if c.isprintable() else " " for c in value)


def field_lines(item: Item) -> Iterator[str]:
    """The lines of one property of the contract."""
    if item.declared.left_out:
        yield f"# left out: {remark(item.column.name)}: {remark(item.declared.remark)}"
        return
    yield f"- name: {item.name}" + _why(item.named)
    yield f"  businessName: {_title(item)}" + _why(item.titled)
    if len(item.column.comment) > len(item.title):
        yield f"  description: {text(' '.join(item.column.comment.split()))}"
    yield from (f"  {line}" for line in _type(item))
    yield from (f"  {line}" for line in _promises(item))
    yield "  customProperties:"
    yield from (f"    {line}" for line in _ours(item))
    yield from (f"  {line}" for line in _thoughts(item))


def _title(item: Item) -> str:
    return text(item.title) if item.title else text(f"TODO the Chinese name of {item.column.name}")


def _type(item: Item) -> Iterator[str]:
    of = item.declared.type
    said = f"  # {remark(item.declared.remark)}" if item.declared.remark and not item.declared.asks else ""
    yield f"logicalType: {_LOGICAL.get(of.kind, of.kind.value)}{said}"
    if item.declared.asks:
        before, after = digits(item.sampled.values)
        seen = f"; {len(item.sampled.values)} sampled values need {before} before and {after} after the point"
        why = item.declared.remark + (seen if item.sampled.values else "")
        yield f"physicalType: {text(f'TODO DECIMAL(p,s), p digits of which s after the point, or DOUBLE: {why}')}"
    elif of.kind is Kind.DECIMAL:
        yield f"physicalType: DECIMAL({of.precision},{of.scale})"
    elif of.kind is Kind.DOUBLE:
        yield "physicalType: DOUBLE"
    elif item.column.type and not item.declared.remark:
        yield f"physicalType: {text(item.column.type)}"


def _promises(item: Item) -> Iterator[str]:
    """What the source itself keeps: key, NOT NULL, unique."""
    if item.key:
        yield "primaryKey: true"
        yield f"primaryKeyPosition: {item.key}"
    if item.key or item.column.nullable is False:
        yield "required: true"
    if item.column.unique and not item.key:
        yield "unique: true"


def _ours(item: Item) -> Iterator[str]:
    element = item.element
    english = element.title_en if element else item.name.replace("_", " ").capitalize()
    if element or not item.made_up:
        yield _custom("title_en", text(english)) + _why("" if element else "from its name")
    yield _custom("source_name", text(item.column.name))
    if element and item.meant:
        yield _custom("element", element.id) + _why(f"{item.meant.why}; brings {_brought(element)}")
    elif item.meant and item.declared.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
        codes = "" if item.declared.type == TEXT else "; codes are text, so logicalType string beside it"
        yield f"# {_custom('element', item.meant.element.id)}" + _why(f"{item.meant.why}{codes}")
    if item.is_place:
        yield _role(item)
    if element is None:
        yield from _gives(item)


def _brought(element: Element) -> str:
    hides = "" if element.transform is Transform.CLEAR else f", {element.transform.word}"
    return f"its check, grade {element.grade.word}{hides}"


def _gives(item: Item) -> Iterator[str]:
    yield _custom("grade", item.shown.grade.word) + _why(item.shown.why)
    if item.shown.identifying is not Identifying.NONE:
        yield _custom("identifying", item.shown.identifying.value) + _why(item.shown.why)
    if item.shown.transform is not Transform.CLEAR:
        yield _custom("transform", item.shown.transform.word) + _why(item.shown.why)


def _role(item: Item) -> str:
    if item.role:
        return _custom("scope_role", item.role.value) + _why("called so")
    return _custom("scope_role", text(f"TODO what this place means: {_ROLES}; without one remove this and yishu.scope"))


def _thoughts(item: Item) -> Iterator[str]:
    """What the sample suggests beyond: commented out, for a person to take."""
    seen, element = item.sampled, item.element
    if not item.column.type and element is None and not item.is_code and (found := likely_type(seen)):
        if found.kind is Kind.DECIMAL:
            before, after = found.digits
            yield f"# logicalType: number, physicalType: DECIMAL({min(38, before + after + 2)},{after})" + _why(
                found.why
            )
        else:
            yield f"# logicalType: {found.kind.value}" + _why(found.why)
        if found.format:
            yield f"# {_custom('format', text(found.format))}" + _why(f"the {found.why.split()[-1]} are written so")
    if missing := markers(seen):
        told = ", ".join(f"{text(word)} ({times} times)" for word, times in missing.items())
        listed = ", ".join(text(word) for word in ("", *missing))
        yield f"# {_custom('null_markers', f'[{listed}]')}" + _why(f"often mean missing: {told}")
    if never_missing(seen) and not item.key and item.column.nullable is not False and not item.column.missing[0]:
        yield "# required: true" + _why(f"none of {seen.rows} sampled rows is without it")
    if all_apart(seen) and not item.key and not item.column.unique and item.declared.type == TEXT:
        yield "# unique: true" + _why(f"all {len(seen.values)} sampled values are apart")
    if item.declared.type == TEXT and element is None:
        yield from _checks(item)


def _checks(item: Item) -> Iterator[str]:
    """An enumeration only where nothing points at a person: its values stand in the file."""
    seen = item.sampled
    if item.shown.identifying is Identifying.NONE and (values := enumeration(seen)):
        call = "{type: expect_column_values_to_be_in_set, kwargs: {value_set: ["
        call += ", ".join(text(value) for value in values) + "]}}"
        yield f"# quality: [{{type: custom, engine: greatExpectations, implementation: {call}}}]" + _why(
            f"{len(values)} values repeat among {len(seen.values)} sampled"
        )
    elif pattern := form(seen):
        yield f"# logicalTypeOptions: {{pattern: {text(pattern)}}}" + _why(f"all {len(seen.values)} sampled are so")


def _custom(word: str, value: str) -> str:
    return f"- {{property: yishu.{word}, value: {value}}}"


def _why(reason: str) -> str:
    return f"  {MARK} {remark(reason)}" if reason else ""
