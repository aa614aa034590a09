"""A contract as a page of Markdown, for people who decide and people who fill in."""

from collections.abc import Iterable

from schemas.dataset import Dataset, Field, Rule


def page(dataset: Dataset) -> str:
    """Facts, fields and rules of one dataset, Chinese first."""
    return "\n".join([*_head(dataset), "", *_fields(dataset.fields), "", *_rules(dataset.rules), ""])


def _head(dataset: Dataset) -> Iterable[str]:
    yield f"# {dataset.title} {dataset.title_en}"
    yield ""
    yield dataset.description
    yield ""
    yield dataset.description_en
    yield ""
    yield f"- 标识 Key: `{dataset.key}` {dataset.version}"
    yield f"- 提供方 Owner: {dataset.owner_name} `{dataset.owner}`, `{dataset.division}`"
    yield f"- 共享属性 Sharing: {dataset.sharing.value} {dataset.sharing_condition}".rstrip()
    yield f"- 更新周期 Update cycle: {dataset.update_cycle}"
    yield f"- 来源 Source: {dataset.source.kind}, {dataset.source.load.value}"
    if dataset.source.inputs:
        yield f"- 来自 Made from: {', '.join(f'`{key}`' for key in dataset.source.inputs)}"


def _fields(fields: Iterable[Field]) -> Iterable[str]:
    yield "| 信息项 Item | 名称 Name | 类型 Type | 必填 Required | 分级 Grade | 默认处理 Transform | 共享 Shared |"
    yield "|---|---|---|---|---|---|---|"
    for one in fields:
        must = "key" if one.key else "yes" if one.required else ""
        shared = "yes" if one.shareable else f"no: {one.withheld_basis}"
        cells = (
            f"`{one.name}`",
            f"{one.title} {one.title_en}",
            str(one.type),
            must,
            one.grade.word,
            one.transform.word,
            shared,
        )
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _rules(rules: Iterable[Rule]) -> Iterable[str]:
    yield "| 规则 Rule | 维度 Dimension | 级别 Severity | 期望 Expectation |"
    yield "|---|---|---|---|"
    for rule in rules:
        yield f"| `{rule.name}` {rule.title} | {rule.dimension.value} | {rule.severity.value} | `{rule.expectation}` |"
