"""Data Docs of Great Expectations for one verdict: its own pages of results and rules, readable without a network."""

import json
import shutil
from pathlib import Path

from quality import files
from quality.offline import STYLE, make_offline
from quality.results import VALIDATION
from quality.start import starting
from schemas import lake as places
from schemas.errors import BadInput, NotReady
from schemas.journey import Verdict, Window
from schemas.record import from_json

INDEX = "index.html"
PAGES = {"validations": "校验结果 Validation results", "expectations": "规则 Expectations"}
MARK = ".yishu-quality-docs"
"""A folder that holds this file was made here and may be made anew."""


def render(lake: Path, key: str, window: Window | None, out: Path) -> Path:
    """Write the pages of a window's verdict (of the newest window's without one) into the folder; its first page.

    NotReady where there is no verdict or it was reached before results were kept; BadInput where `out` holds
    something else.
    """
    folder = _folder(lake, key, window)
    verdict = from_json(Verdict, (folder / files.VERDICT).read_bytes(), where=str(folder / files.VERDICT))
    if not (folder / VALIDATION).is_file():
        raise NotReady(f"{key} {verdict.window.key}: its verdict kept no results; validate the window again")
    results = json.loads((folder / VALIDATION).read_bytes())["results"]
    _clear(out)
    with starting():
        from quality.docs_site import build
    build(out, verdict, results)
    make_offline(out)
    (out / INDEX).write_text(_index(out, verdict), encoding="utf-8")
    (out / MARK).touch()
    return out / INDEX


def _folder(lake: Path, key: str, window: Window | None) -> Path:
    if window is not None:
        folder = lake / places.verdict(key, window)
        if not (folder / files.VERDICT).is_file():
            raise NotReady(f"{key} {window.key} has no verdict: validate it first")
        return folder
    there = [file.parent for file in (lake / "verdicts" / key).glob(f"*/{files.VERDICT}")]
    if not there:
        raise NotReady(f"{key} has no verdict yet: run it first")
    return max(there, key=lambda folder: Window.parse(folder.name).low)


def _index(out: Path, verdict: Verdict) -> str:
    """The first page: where the results and the rules are. The library's own is filled in by scripts."""
    title = f"{verdict.dataset} · {verdict.window.key}"
    links = [
        f'<li><a href="{page.relative_to(out).as_posix()}">{said}</a></li>'
        for part, said in PAGES.items()
        for page in sorted((out / part).rglob("*.html"))
    ]
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="stylesheet" href="static/{STYLE}"></head>\n'
        f'<body class="container-fluid"><h1>{title}</h1>\n<ul>{"".join(links)}</ul></body></html>\n'
    )


def _clear(out: Path) -> None:
    """Make room; what was not made here is left alone."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not (out / MARK).is_file():
            raise BadInput(f"{out}: found something else there, expected an empty folder or none")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
