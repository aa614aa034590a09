"""Lint rules over a dataset's own words: its title and description, how it is shared, how often it is collected."""

import re
from collections.abc import Iterator

from schemas.access import Mode
from schemas.contract import Draft
from schemas.contract_formats import FILES, FITTING, FORMATS, ROWS
from schemas.contract_lint import Fault, plain_title
from schemas.dataset import Load, Sharing
from schemas.durations import cycle_days, schedule_days

_SYSTEM = re.compile(r"(信息|数据|管理|业务)*(子系统|系统|平台|数据库|库|软件|网站|小程序)$")
_SHORTEST = 8
"""Characters below which a description says no more than a title."""


def system_in(title: str) -> str | None:
    """Of a title that names a system, what the system is about; None where it names none."""
    found = _SYSTEM.search(title)
    return (title[: found.start()] or "……") if found else None


def system_name(draft: Draft) -> Iterator[Fault]:
    """A title names the data, not the system that holds them."""
    title, stem = draft.dataset.title, system_in(draft.dataset.title)
    if stem is not None:
        yield Fault(
            ("name",),
            (f"“{title}”是系统名称，不是数据名称。", f"{title!r} names a system, not the data in it."),
            (f"写明数据内容，如“{stem}登记信息”。", f"What a row is about, e.g. {stem + '登记信息'!r}."),
        )


def no_english(draft: Draft) -> Iterator[Fault]:
    """An English description of the dataset and an English title of each field."""
    if not draft.dataset.description_en:
        yield Fault(
            ("yishu.description_en",),
            ("数据集没有英文说明。", "The dataset has no English description."),
            (
                '{property: yishu.description_en, value: "What a row is"}，用英文写明一行数据是什么。',
                'A line {property: yishu.description_en, value: "what a row is"}.',
            ),
        )
    for one in draft.dataset.fields:
        if one.name and not draft.lines.has("fields", one.name, "yishu.title_en"):
            yield Fault(
                ("fields", one.name, "yishu.title_en"),
                (f"信息项“{one.title}”没有英文名。", f"The item {one.name} has no English title."),
                (
                    f'{{property: yishu.title_en, value: "{one.name.replace("_", " ").capitalize()}"}}。',
                    "That line, with the words that English readers know it by.",
                ),
            )


def empty_description(draft: Draft) -> Iterator[Fault]:
    """A description that says more than the title."""
    told, title = draft.dataset.description, draft.dataset.title
    if told and (len(told) < _SHORTEST or plain_title(told) == plain_title(title)):
        yield Fault(
            ("description", "purpose"),
            ("说明没有说出比名称更多的内容。", "The description says no more than the title."),
            ("一行数据是什么、从哪里来、谁核实。", "What a row is, where it comes from, who checks it."),
        )


def no_purposes(draft: Draft) -> Iterator[Fault]:
    """Conditional sharing is by purpose: without purposes nobody can be told what to apply for."""
    if draft.dataset.sharing is Sharing.CONDITIONAL and not draft.dataset.purposes:
        yield Fault(
            ("yishu.purposes",),
            ("有条件共享，却没有列出用途。", "Conditional sharing without a purpose to apply for."),
            (
                "{property: yishu.purposes, value: [public_service, statistics]}，按实际用途填写。",
                "That line, with the purposes that you agree to.",
            ),
        )


def slow_schedule(draft: Draft) -> Iterator[Fault]:
    """Collected at least as often as the update cycle promises."""
    dataset = draft.dataset
    promised, kept = cycle_days(dataset.update_cycle), schedule_days(dataset.source.schedule)
    if promised and kept > promised:
        yield Fault(
            ("yishu.source", "schedule"),
            (
                f"更新周期 {dataset.update_cycle}，采集却约每 {kept} 天一次。",
                f"The update cycle is {dataset.update_cycle}, the source is read about every {kept} days.",
            ),
            (
                'schedule: "0 2 * * *"，或改 yishu.update_cycle 为实际周期。',
                'schedule: "0 2 * * *", or the cycle that is kept.',
            ),
        )


def merge_without_deletes(draft: Draft) -> Iterator[Fault]:
    """A merge sees what changed, never what is gone: of a table its keys can be looked at now and then."""
    source = draft.dataset.source
    if source.load is Load.MERGE and source.kind == "sql_table" and source.deletes is None:
        yield Fault(
            ("yishu.source", "load"),
            (
                "load: merge 只带来新增与变更，源表删除的行会一直保留。",
                "load: merge brings what is new or changed; rows deleted at the source stay for good.",
            ),
            (
                'deletes: {snapshot: "0 4 * * 0", most_share: 0.05}，定期核对主键。',
                "That line beside it; where the source never deletes, leave it as it is.",
            ),
        )


def open_identifying(draft: Draft) -> Iterator[Fault]:
    """Open data point at nobody: no direct or sensitive item of a person, nothing graded above general-1 in clear."""
    if draft.dataset.sharing is not Sharing.OPEN:
        return
    for one in draft.dataset.fields:
        person = one.element != "credit_code" and draft.dataset.subject_kind != "enterprise"
        direct = person and one.identifying.value in ("direct", "sensitive")
        if one.shareable and one.transform.word != "drop" and direct:
            yield Fault(
                ("fields", one.name),
                (
                    f"开放数据含可识别个人的信息项“{one.title}”。",
                    f"An open dataset with {one.name}, which is {one.identifying.value}.",
                ),
                (
                    "删去该项，或 yishu.shareable: false 并写明 yishu.withheld_basis，或改为有条件共享。",
                    "Leave the item out, withhold it with its legal basis, or share conditionally.",
                ),
            )


def verify_without_key(draft: Draft) -> Iterator[Fault]:
    """Verify asks for one subject by its key: there must be one."""
    if draft.lines.has("yishu.modes") and Mode.VERIFY.value in draft.dataset.modes and not draft.dataset.key_fields:
        yield Fault(
            ("yishu.modes",),
            ("核验须按主键，本数据集没有主键。", "Verify needs a key, and this dataset has none."),
            (
                "为主键字段写 primaryKey: true，或从 yishu.modes 去掉 verify。",
                "primaryKey: true at the key's fields, or modes without verify.",
            ),
        )


def mode_without_format(draft: Draft) -> Iterator[Fault]:
    """File needs a format of files, the other modes a format that holds rows."""
    groups = {FORMATS[f] for f in draft.dataset.formats}
    for mode in draft.dataset.modes if groups else ():
        fitting = FILES if mode == Mode.FILE.value else ROWS
        if not groups & set(fitting):
            valid = ", ".join(f for f, group in FORMATS.items() if group in fitting)
            yield Fault(
                ("yishu.modes",),
                (
                    f"共享方式 {mode} 与资源格式 {'、'.join(draft.dataset.formats)} 不符。",
                    f"The mode {mode} does not fit the formats {', '.join(draft.dataset.formats)}.",
                ),
                (
                    f"从 yishu.modes 去掉 {mode}，或在 yishu.formats 加入 {valid} 之一。",
                    f"Modes without {mode}, or one of these formats.",
                ),
            )


def format_not_of_source(draft: Draft) -> Iterator[Fault]:
    """The format group of the catalogue is what the kind of source gives."""
    kind = draft.dataset.source.kind
    for one in draft.dataset.formats if kind in FITTING else ():
        if FORMATS[one] not in FITTING[kind]:
            valid = ", ".join(f for f, group in FORMATS.items() if group in FITTING[kind])
            yield Fault(
                ("yishu.formats",),
                (f"资源格式 {one} 与来源类型 {kind} 不符。", f"The format {one} is none that a {kind} source gives."),
                (f"{valid} 之一。", "One of these."),
            )
