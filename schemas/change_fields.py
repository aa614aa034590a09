"""What changed in the fields of a contract."""

from collections.abc import Iterator

from schemas.change_words import Change, Level, Pair, altered, grew
from schemas.dataset import Dataset, Field, FieldType, Kind

_TEXTS: tuple[tuple[str, Pair], ...] = (
    ("title", ("中文名", "Chinese name")),
    ("title_en", ("英文名", "English name")),
    ("description", ("说明", "description")),
    ("source_name", ("源系统列名", "column at the source")),
    ("format", ("源系统日期格式", "format at the source")),
    ("null_markers", ("空值写法", "texts that mean missing")),
    ("authority", ("权威来源", "authority")),
    ("withheld_basis", ("不予共享依据", "basis of withholding")),
    ("assessment", ("评估", "assessment")),
    ("condition", ("共享条件", "condition of sharing")),
)


def field_changes(old: Dataset, new: Dataset) -> Iterator[Change]:
    """Fields that are gone, new or other; their order is no promise."""
    before, after = {f.name: f for f in old.fields}, {f.name: f for f in new.fields}
    for name, field in before.items():
        if name not in after:
            said = (f"信息项“{field.title}”不再有。", f"The item {name} is gone.")
            yield Change(Level.BREAKING, f"fields.{name}", *said)
        else:
            yield from _field(field, after[name])
    for name, field in after.items():
        if name not in before:
            said = (f"新增信息项“{field.title}”。", f"The item {name} is new.")
            yield Change(Level.MINOR, f"fields.{name}", *said)


def _field(old: Field, new: Field) -> Iterator[Change]:
    where = f"fields.{old.name}"
    level = Level.MINOR if _holds(new.type, old.type) else Level.BREAKING
    yield from altered(level, f"{where}.type", _of(old, "类型", "type"), str(old.type), str(new.type))
    level = Level.MINOR if new.required else Level.BREAKING
    yield from altered(level, f"{where}.required", _of(old, "必填", "required"), old.required, new.required)
    yield from _protection(where, old, new)
    yield from altered(Level.BREAKING, f"{where}.scope", _of(old, "区划含义", "role of place"), old.scope, new.scope)
    yield from altered(Level.MINOR, f"{where}.element", _of(old, "数据元", "data element"), old.element, new.element)
    for name, what in _TEXTS:
        said = _of(old, *what)
        yield from altered(Level.COMPATIBLE, f"{where}.{name}", said, getattr(old, name), getattr(new, name))


def _protection(where: str, old: Field, new: Field) -> Iterator[Change]:
    graded, treated = (old.grade.word, new.grade.word), (old.transform.word, new.transform.word)
    yield from grew(f"{where}.grade", _of(old, "定级", "grade"), old.grade, new.grade, graded)
    yield from grew(f"{where}.transform", _of(old, "默认处理", "transform"), old.transform, new.transform, treated)
    what, pair = _of(old, "识别性", "identifying kind"), (old.identifying, new.identifying)
    yield from altered(Level.MINOR, f"{where}.identifying", what, *pair)
    level = Level.MINOR if new.shareable else Level.BREAKING
    yield from altered(level, f"{where}.shareable", _of(old, "可共享", "shareable"), old.shareable, new.shareable)


def _holds(wide: FieldType, narrow: FieldType) -> bool:
    """Whether every value of `narrow` is one of `wide`, of the same kind."""
    if wide.kind is not narrow.kind or wide.kind is not Kind.DECIMAL:
        return wide == narrow
    return wide.scale == narrow.scale and wide.precision >= narrow.precision


def _of(field: Field, said: str, said_en: str) -> Pair:
    return f"“{field.title}”的{said}", f"{field.name}, {said_en}"
