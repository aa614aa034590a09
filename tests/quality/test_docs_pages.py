"""Data Docs open without a network and show counts, promises and nobody's values."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from quality.check import check
from quality.docs import render
from quality.offline import offline
from quality.results import VALIDATION
from schemas import lake as places
from schemas.dataset import Dataset, Identifying, Kind, Severity
from schemas.errors import BadInput, NotReady
from schemas.journey import Verdict, Window
from schemas.past import Past, PastVersion
from tests.quality.landings import DAY, NOW, dataset, field, known_divisions, land, money, rule

SECRET = "370402199001011237"
OF: Dataset = dataset(
    [
        field("person_id", key=1, identifying=Identifying.DIRECT),
        field("born", Kind.DATE, identifying=Identifying.QUASI),
        field("place", element="division"),
        money("amount"),
    ],
    [
        rule("person_id.pattern", "column_values_to_match_regex", column="person_id", regex="^[0-9]{17}X$"),
        rule("key.unique", "compound_columns_to_be_unique", column_list=["person_id", "born"]),
        rule("born.newest", "column_max_to_be_between", Severity.WARNING, column="born", max_value="1980-01-01"),
        rule("amount.most", "column_max_to_be_between", Severity.WARNING, column="amount", max_value=100),
        rule("amount.range", "column_values_to_be_between", column="amount", min_value=0),
        rule("place.known", "column_values_to_be_known_division", Severity.WARNING, column="place"),
        rule("amount.drift", "column_distribution_to_be_near_past", Severity.WARNING, column="amount"),
        rule("table.size", "table_row_count_to_be_near_past", Severity.WARNING),
    ],
)


def judged(lake: Path) -> Verdict:
    lake.mkdir(parents=True, exist_ok=True)
    rows = [
        {"person_id": SECRET if n == 7 else f"37040219800101{n:04d}", "born": date(1983, 1, 1) + timedelta(days=n)}
        | {"place": "370402000000", "amount": Decimal(700 + n)}
        for n in range(20)
    ]
    past = Past((PastVersion(1, "2026-11-19", 20),))
    return check(OF, land(OF, rows, lake), lake, known_divisions(lake, "370402000000"), NOW, past=past)


class Assets(HTMLParser):
    """Everything that a page fetches, and every link it has."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in told)
        place = told.get("src") or told.get("href") or told.get("data") or ""
        (self.links if tag == "a" else self.fetched).append(place)


def of(page: str) -> Assets:
    found = Assets()
    found.feed(page)
    return found


def test_no_page_and_no_style_fetches_anything_from_elsewhere(tmp_path: Path) -> None:
    judged(tmp_path / "lake")
    index = render(tmp_path / "lake", OF.key, None, tmp_path / "docs")
    pages = sorted((tmp_path / "docs").rglob("*.html"))
    assert index in pages
    assert len(pages) == 3  # the index, the rules, the results
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = of(text)
        assert found.scripts == 0
        assert not re.search(r"https?://|url\(\s*['\"]?//|(?:src|href)\s*=\s*['\"]?//", text), page
        for place in filter(None, found.fetched):
            assert (page.parent / place).is_file(), (page, place)
        for place in found.links:
            whole = place.split("?")[0].partition("#")[0]
            assert not whole or (page.parent / whole).is_file(), (page, place)
    for sheet in (tmp_path / "docs").rglob("*.css"):
        assert "http" not in sheet.read_text(encoding="utf-8")


def test_pages_name_the_rules_and_their_counts_and_nobody_s_values(tmp_path: Path) -> None:
    verdict = judged(tmp_path / "lake")
    render(tmp_path / "lake", OF.key, DAY, tmp_path / "docs")
    texts = [page.read_text(encoding="utf-8") for page in (tmp_path / "docs").rglob("*.html")]
    kept = (tmp_path / "lake" / places.verdict(OF.key, DAY) / VALIDATION).read_text(encoding="utf-8")
    results = next(text for text in texts if "Observed Value" in text)
    for one in verdict.findings[:8]:
        assert one.rule in results
        assert one.expectation in results
    assert "20 unexpected values found. 100% of 20 total rows." in results  # person_id.pattern
    assert "719" in results  # the greatest amount, which anybody who sees the data may see
    for text in (*texts, kept):
        assert SECRET not in text
        assert "1983-01-20" not in text  # the newest day of birth is somebody's
        assert str(tmp_path) not in text
    told = {one["expectation_config"]["meta"]["rule"]: one["result"] for one in json.loads(kept)["results"]}
    assert told["born.newest"] == {"observed_value": "—"}
    assert set(told["person_id.pattern"]) <= {
        *("element_count", "unexpected_count", "unexpected_percent", "missing_count", "missing_percent"),
        *("unexpected_percent_total", "unexpected_percent_nonmissing"),
    }


def test_what_a_contract_says_is_text_and_nothing_of_it_runs(tmp_path: Path) -> None:
    said = """<b>"$1 100%"</b><svg/onload=go()><img src=x onerror=go()><a href=javascript:go()>k</a>"""
    name = rule("name.pattern", "column_values_to_match_regex", column="name", regex=said.replace("$", "."))
    told = dataset([field("name", key=1)], [replace(name, title=said)])
    check(told, land(told, [{"name": "x"}], tmp_path), tmp_path, {}, NOW)
    render(tmp_path, told.key, None, tmp_path / "docs")
    for place in ("validations", "expectations"):
        [page] = (tmp_path / "docs" / place).rglob("*.html")
        text = page.read_text(encoding="utf-8")
        assert "&lt;svg/onload=go()&gt;" in text
        assert not re.search(r"<(svg|img|b)\b[^>]*(onload|onerror|>&quot;)", text)
        assert "javascript:go()>" not in text
        assert text.index("default-src 'none'") < text.index("<link")


def test_pages_are_made_anew_where_they_stood_and_nothing_else_is_touched(tmp_path: Path) -> None:
    judged(tmp_path / "lake")
    out = tmp_path / "docs"
    render(tmp_path / "lake", OF.key, None, out)
    (out / "old.html").write_text("https://old")
    render(tmp_path / "lake", OF.key, None, out)
    assert not (out / "old.html").exists()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("dear")
    with pytest.raises(BadInput, match="expected an empty folder or none"):
        render(tmp_path / "lake", OF.key, None, theirs)
    assert [file.name for file in theirs.iterdir()] == ["letter.txt"]


def test_without_a_verdict_or_kept_results_somebody_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="has no verdict yet: run it first"):
        render(tmp_path / "lake", OF.key, None, tmp_path / "docs")
    judged(tmp_path / "lake")
    with pytest.raises(NotReady, match="2026-11-01 has no verdict: validate it first"):
        render(tmp_path / "lake", OF.key, Window.of_day(date(2026, 11, 1)), tmp_path / "docs")
    (tmp_path / "lake" / places.verdict(OF.key, DAY) / VALIDATION).unlink()
    with pytest.raises(NotReady, match="kept no results; validate the window again"):
        render(tmp_path / "lake", OF.key, DAY, tmp_path / "docs")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<script src="https://x/y.js"></script>a', "a"),
        ("<SCRIPT>\nfetch('//x')\n</SCRIPT >b", "b"),
        ("<link rel=stylesheet\n href=//x/y.css>c", "c"),
        ("<img class='n' src = 'http://x/y.png' alt='z'/>", ""),
        ('<a class="n" href="https://x/">word</a>', "word"),
        ('<a href="#s" onclick="go()">d</a>', '<a href="#s">d</a>'),
        ("<style>@import 'https://x'; b{background:url(//x/y.png)}</style>", "<style> b{background:}</style>"),
        (
            '<a href="../index.html">e</a><img src="static/f.png">',
            '<a href="../index.html">e</a><img src="static/f.png">',
        ),
    ],
)
def test_whatever_leads_to_another_host_is_taken_out(before: str, after: str) -> None:
    assert offline(before) == after
