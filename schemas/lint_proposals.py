"""Lint rule over a draft's own marks: what `yishu contract new --from` proposed, and nobody has agreed to yet."""

from collections.abc import Iterator
from pathlib import Path

from schemas.contract import Draft
from schemas.contract_lint import Fault

MARK = "# proposal:"
"""What stands before the reason of everything in a draft that the source does not say."""
_SHOWN = 12


def proposal_open(draft: Draft) -> Iterator[Fault]:
    """A proposal that stands in force and is still marked as one; what is commented out does nothing."""
    text = Path(draft.lines.file).read_text(encoding="utf-8-sig", errors="replace")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if MARK in line and not line.lstrip().startswith("#")]
    if not lines:
        return
    listed = ", ".join(map(str, lines[:_SHOWN])) + (" …" if len(lines) > _SHOWN else "")
    yield Fault(
        ("id",),
        (
            f"草稿中有 {len(lines)} 处建议尚未确认（第 {listed} 行）。",
            f"{len(lines)} proposals of the draft stand in force and are not agreed to yet (lines {listed}).",
        ),
        (
            f"逐条核对：同意则删去行末“{MARK} …”，不同意则改正。",
            f"Look at each: take `{MARK} …` away where you agree, else correct the line.",
        ),
    )
