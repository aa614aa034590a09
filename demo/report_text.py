"""The demo's end report as text for a terminal, Chinese with English beside it."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from demo.report import DatasetReport, Report, wrong

MARKS = {True: "✓", False: "✗"}
HEADS = ("数据集 dataset", "读取 read", "发布 published", "隔离 quarantined", "重复 duplicates", "警告 warnings", "")


def as_text(report: Report) -> str:
    """The whole report; its last line says whether everything is right."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield "— 数据集 Datasets: 读取 read = 发布 published + 隔离 quarantined + 重复 duplicates —"
    yield from table([HEADS, *(_row(one) for one in report.datasets)])
    yield ""
    yield "— 隔离原因 Quarantine by rule（发现 found / 植入 planted）—"
    yield from (line for one in report.datasets for line in _rules(one))
    yield ""
    yield "— Airflow —"
    yield from (f"  {run.state:<8} {run.dag} {run.run}" for one in report.datasets for run in one.airflow or ())
    yield ""
    yield from _times("— 各阶段用时 Stages —", report.stages)
    yield from _times("— 各步骤用时 Steps —", report.steps)
    yield "— 问答 Questions —"
    for one in report.questions:
        yield f"  {MARKS[one.right]} {one.question} · {one.question_en}"
    yield ""
    faults = wrong(report)
    yield from faults
    yield "✓ 全部正确 Everything is right." if not faults else f"✗ 有 {len(faults)} 处不符 {len(faults)} differences."


def _row(one: DatasetReport) -> tuple[str, ...]:
    found = one.found
    numbers = (found.read, found.published, one.quarantined, found.duplicates, sum(found.warnings.values()))
    return (f"{one.dataset.title} {one.dataset.key}", *(f"{number:,}" for number in numbers), MARKS[one.right])


def _rules(one: DatasetReport) -> Iterator[str]:
    found, planted = one.found.quarantined, one.expected.quarantined
    for rule in sorted({*found, *planted}):
        yield f"  {one.dataset.key}: {rule} {found.get(rule, 0)} / {planted.get(rule, 0)}"


def _times(title: str, seconds: Mapping[str, float]) -> Iterator[str]:
    total = sum(seconds.values()) or 1.0
    yield title
    yield from (f"  {spent:7.2f} s {spent / total:5.0%}  {name}" for name, spent in seconds.items())
    yield f"  {sum(seconds.values()):7.2f} s  合计 total"
    yield ""


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns stand under each other; a Chinese character takes two places. Numbers to the right."""
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [
            _padded(text, width, right=place > 0) for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
