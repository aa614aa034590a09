"""What changed between two versions of a contract, and what that asks of its version number.

compatible  whoever reads the data notices nothing: texts, where the data come from    a new patch version
minor       more or wider: who read what was there before reads it still               a new minor version
breaking    something promised is gone, other or harder to get                         a new major version,
                                                                                       and the grantees are told
"""

from collections.abc import Iterable, Iterator

from schemas.change_fields import field_changes
from schemas.change_words import Change, Level, Pair, altered, grew, listed
from schemas.dataset import Dataset, Opening, Rule, Sharing
from schemas.durations import cycle_minutes
from schemas.errors import BadInput

_STRICTNESS = tuple(Sharing)
_OPENNESS = (None, *Opening)
_TEXTS: tuple[tuple[str, Pair], ...] = (
    ("title", ("名称", "title")),
    ("title_en", ("英文名", "English title")),
    ("description", ("说明", "description")),
    ("description_en", ("英文说明", "English description")),
    ("catalogue_code", ("目录编码", "catalogue code")),
    ("withheld_basis", ("依据", "legal basis")),
    ("tags", ("标签", "tags")),
    ("formats", ("资源格式", "formats")),
    ("assessment", ("评估", "assessment")),
    ("indicator", ("生态体征", "indicator")),
    ("engine", ("校验引擎", "engine")),
    ("catalogued", ("目录信息", "words for the catalogue")),
)


def changes(old: Dataset, new: Dataset) -> tuple[Change, ...]:
    """Every change from `old` to `new`, the gravest first; BadInput where they are not the same dataset."""
    if old.key != new.key:
        raise BadInput(f"found {old.key} and {new.key}, expected two versions of one contract")
    found = [*_promise(old, new), *_terms(old, new), *field_changes(old, new), *_rules(old.rules, new.rules)]
    found += _source(old, new)
    for name, what in _TEXTS:
        found += altered(Level.COMPATIBLE, name, what, getattr(old, name), getattr(new, name))
    return tuple(sorted(found, key=lambda change: -change.level))


def version_needed(old: Dataset, found: Iterable[Change]) -> str:
    """The least version number that a contract with these changes may have; the old one where there is none."""
    major, minor, patch = _numbers(old.version)
    level = max((change.level for change in found), default=None)
    if level is None:
        return old.version
    return {
        Level.COMPATIBLE: f"{major}.{minor}.{patch + 1}",
        Level.MINOR: f"{major}.{minor + 1}.0",
        Level.BREAKING: f"{major + 1}.0.0",
    }[level]


def reaches(version: str, needed: str) -> bool:
    """Whether a version number is at least the one needed."""
    return _numbers(version) >= _numbers(needed)


def breaks_silently(old: Dataset, new: Dataset) -> tuple[Change, ...]:
    """The breaking changes of a contract that has no new major version; empty where it has one, or needs none."""
    if _numbers(new.version)[0] > _numbers(old.version)[0]:
        return ()
    return tuple(change for change in changes(old, new) if change.level is Level.BREAKING)


def _promise(old: Dataset, new: Dataset) -> Iterator[Change]:
    """What a version is: whose, about whom, by which key, how fresh."""
    yield from altered(Level.BREAKING, "owner", ("提供方", "provider"), old.owner, new.owner)
    yield from altered(
        Level.COMPATIBLE, "owner_name", ("提供方名称", "provider's name"), old.owner_name, new.owner_name
    )
    yield from altered(Level.BREAKING, "division", ("提供方区划", "provider's division"), old.division, new.division)
    yield from altered(Level.BREAKING, "subject_kind", ("主体", "subject"), old.subject_kind, new.subject_kind)
    yield from altered(Level.BREAKING, "key", ("主键", "primary key"), old.key_fields, new.key_fields)
    names = (old.subject_fields, new.subject_fields) if old.subject_key or new.subject_key else ((), ())
    yield from altered(Level.BREAKING, "subject_key", ("主体标识项", "subject key"), *names)
    yield from altered(Level.BREAKING, "default_scope", ("区划列", "scope"), old.default_scope, new.default_scope)
    cycles = (old.update_cycle, new.update_cycle)
    lengths = (cycle_minutes(old.update_cycle), cycle_minutes(new.update_cycle))
    what = ("更新周期", "update cycle")
    yield from grew("update_cycle", what, *lengths, cycles)
    yield from altered(Level.COMPATIBLE, "update_cycle", what, *(cycles if lengths[0] == lengths[1] else ("", "")))
    yield from altered(Level.MINOR, "grace", ("宽限期", "grace"), old.grace, new.grace)


def _terms(old: Dataset, new: Dataset) -> Iterator[Change]:
    """On what terms it is shared."""
    places = (_STRICTNESS.index(old.sharing), _STRICTNESS.index(new.sharing))
    shown = (old.sharing.value, new.sharing.value)
    yield from grew("sharing", ("共享属性", "sharing class"), *places, shown)
    condition = (old.sharing_condition, new.sharing_condition)
    yield from altered(Level.MINOR, "sharing_condition", ("共享条件", "condition of sharing"), *condition)
    tiers = (", ".join(old.sharing_tiers), ", ".join(new.sharing_tiers))
    yield from altered(Level.MINOR, "sharing_tiers", ("可共享层级", "tiers eligible"), *tiers)
    transforms = (", ".join(old.sharing_transforms), ", ".join(new.sharing_transforms))
    yield from altered(
        Level.MINOR, "sharing_transforms", ("可要求的处理方式", "transforms to be asked for"), *transforms
    )
    opened = (_OPENNESS.index(old.opening), _OPENNESS.index(new.opening))
    words = (str(old.opening or "-"), str(new.opening or "-"))
    level = ("open", ("开放属性", "open attribute"))
    yield from grew(*level, *opened, words) if old.opening and new.opening else altered(Level.MINOR, *level, *words)
    condition = (old.opening_condition, new.opening_condition)
    yield from altered(Level.MINOR, "opening_condition", ("开放条件", "condition of opening"), *condition)
    yield from grew("consent", ("个人授权", "consent"), old.consent, new.consent, (str(old.consent), str(new.consent)))
    yield from listed("purposes", ("用途", "purpose"), old.purposes, new.purposes)
    yield from listed("modes", ("共享方式", "mode"), old.modes, new.modes)


def _source(old: Dataset, new: Dataset) -> Iterator[Change]:
    """How it is collected: nobody's business but whether a version is the whole or a part."""
    loads = (old.source.load, new.source.load)
    yield from altered(Level.BREAKING, "source.load", ("装载方式", "load"), *loads)
    words = ("kind", "connection", "schedule", "inputs", "pool", "on_misfit", "limits", "order", "lag", "deletes")
    for name in (*words, "schema_contract"):
        pair = (getattr(old.source, name), getattr(new.source, name))
        yield from altered(Level.COMPATIBLE, f"source.{name}", (f"来源的 {name}", f"{name} of the source"), *pair)
    markers = (old.source.null_markers, new.source.null_markers)
    yield from altered(Level.COMPATIBLE, "source.null_markers", ("来源的空值写法", "texts that mean missing"), *markers)
    if old.source.options != new.source.options:
        yield Change(Level.COMPATIBLE, "source.options", "来源的选项有变。", "The options of the source changed.")
    if old.extra != new.extra:
        yield Change(Level.COMPATIBLE, "extra", "自定义内容有变。", "What is the contract's own changed.")


def _rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[Change]:
    """What is checked; a rule that is gone or other is a promise about values, not about their shape."""
    before, after = {r.name: r for r in old}, {r.name: r for r in new}
    for name in sorted(before.keys() - after.keys()):
        yield Change(Level.MINOR, f"rules.{name}", f"不再检查 {name}。", f"The rule {name} is gone.")
    for name in sorted(after.keys() - before.keys()):
        yield Change(Level.MINOR, f"rules.{name}", f"新增检查 {name}。", f"The rule {name} is new.")
    for name in sorted(before.keys() & after.keys()):
        was, now = before[name], after[name]
        same = was.expectation == now.expectation and was.arguments == now.arguments
        if not same or (was.severity, was.dimension) != (now.severity, now.dimension):
            yield Change(Level.MINOR, f"rules.{name}", f"检查 {name} 有变。", f"The rule {name} is another.")
        titles = ((was.title, was.title_en), (now.title, now.title_en))
        yield from altered(
            Level.COMPATIBLE, f"rules.{name}", (f"检查 {name} 的表述", f"words of the rule {name}"), *titles
        )


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = version.partition("-")[0].split(".")
    return int(major), int(minor), int(patch)
