"""Files that are damaged, hostile or nearly right: each is told at its line, and none ends in anything but mistakes."""

from pathlib import Path

import pytest

from cli.contract import looked_over
from schemas.contract import read_contract, read_draft
from schemas.contract_lint import lint
from schemas.contract_options import regex_mistake
from schemas.errors import ContractBroken
from schemas.lint_rules import RULES, TOGETHER

STOPS = Path(__file__).parents[2] / "docs" / "examples" / "transport" / "bus_stop.odcs.yaml"
SOUND = STOPS.read_bytes()


def written(folder: Path, raw: bytes) -> Path:
    file = folder / "transport" / "bus_stop.odcs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(raw)
    return file


def told(folder: Path, old: str, new: str) -> list[str]:
    """What is wrong with the sound contract after one change, as `line: place: found …`."""
    raw = SOUND.replace(old.encode(), new.encode(), 1)
    assert raw != SOUND
    try:
        mistakes = read_draft(written(folder, raw)).mistakes
    except ContractBroken as broken:
        mistakes = tuple(broken.mistakes)
    return [str(mistake).partition(".odcs.yaml:")[2] for mistake in mistakes]


@pytest.mark.parametrize(
    "raw",
    [b"\xef\xbb\xbf" + SOUND, SOUND.replace(b"\n", b"\r\n"), SOUND + b"# " + b"x" * 100_000],
    ids=["with a byte order mark", "with line ends of Windows", "with a long comment"],
)
def test_a_contract_is_read_whatever_editor_saved_it(tmp_path: Path, raw: bytes) -> None:
    assert read_contract(written(tmp_path, raw)).fields == read_contract(STOPS).fields


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("公交站点\n", "公交\0站点\n", 5, "the control character U+0000"),
        ("公交站点\n", "公交\x1b站点\n", 5, "the control character U+001B"),
        ("tags: [", "tags: &tags [", 13, "the anchor or alias 'tags'"),
        ("domain: transport", "domain: *tags", 8, "the anchor or alias 'tags'"),
        ("name: 公交站点", "name: !!python/name:os.system 公交站点", 5, "the tag"),
        ("domain: transport", "domain: transport\n<<: {id: other}", 9, "found <<"),
        ("domain: transport", 'domain: transport\n"domain": other', 9, "'domain' twice"),
        ("  purpose", "\tpurpose", 11, "a tab at the start of the line"),
        ("domain: transport", "domain: transport\n---\nid: other", 9, "another document"),
        ("domain: transport", "domain: " + "[" * 3000, 8, "more than 40 levels"),
    ],
)
def test_what_a_contract_has_no_need_of_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    found = told(tmp_path, old, new)
    assert len(found) == 1
    assert found[0].startswith(f"{line}: ")
    assert said in found[0]


@pytest.mark.parametrize(
    "raw",
    [b"", b"# nothing\n", b"- a list\n", b"\xff\xfe", SOUND.decode().encode("gb18030"), SOUND + b"#" * 2**20],
    ids=["empty", "a comment", "a list", "no text", "GB18030", "beyond a megabyte"],
)
def test_what_is_no_contract_at_all_is_one_mistake(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(ContractBroken) as broken:
        read_contract(written(tmp_path, raw))
    assert len(broken.value.mistakes) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{minimum: 73,", "{minimum: " + "9" * 5000 + ",", "without quotes"),
        ("{minimum: 73,", "{minimum: .nan,", "without quotes"),
        ("{minimum: 73,", "{minimum: 073,", "without quotes"),
        ("{minimum: 73,", "{minimum: 137,", "at least minimum (137)"),
        ("primaryKeyPosition: 1", "primaryKeyPosition: 99999999999999999999", "a whole number"),
    ],
)
def test_numbers_that_are_none_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = told(tmp_path, old, new)
    assert any(said in one for one in found)
    assert max(map(len, found)) < 300


@pytest.mark.parametrize(
    ("old", "new"), [("value: P1D", "value: P0D"), ("value: P1D", "value: PT0M"), ("1.0.0", "1.0." + "9" * 5000)]
)
def test_a_cycle_of_no_length_and_a_version_of_no_end_are_told(tmp_path: Path, old: str, new: str) -> None:
    assert len(told(tmp_path, old, new)) == 1


OPENED = "businessName: 启用日期\n        logicalType: date\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('{minimum: "2026-13-01"}', "a day in quotes"),
        ('{minimum: "1949"}', "a day in quotes"),
        ('{minimum: "2026-11-20", maximum: "1949-10-01"}', "at least minimum (2026-11-20)"),
    ],
)
def test_days_that_are_none_or_the_wrong_way_round_are_told(tmp_path: Path, options: str, said: str) -> None:
    found = told(tmp_path, OPENED, f"{OPENED}        logicalTypeOptions: {options}\n")
    assert [said in one for one in found] == [True]


def test_bounds_of_a_quality_item_are_of_the_columns_type(tmp_path: Path) -> None:
    item = """        quality:
          - {name: opened_on.range, type: custom, engine: greatExpectations, implementation: {type: \
expect_column_values_to_be_between, kwargs: {min_value: "last year"}}}
"""
    assert "'last year' as min_value, expected a date in quotes" in told(tmp_path, OPENED, OPENED + item)[0]


@pytest.mark.parametrize(
    "pattern", [r"^\p{Han}+$", "[一-龥]{2,20}", r"(?i)^zd", r"\A[0-9]{18}\z", "[[:alpha:]]", "(?P<n>a)"]
)
def test_a_pattern_that_re2_knows_may_be_used(pattern: str) -> None:
    assert regex_mistake(pattern) == ""


@pytest.mark.parametrize(
    "pattern", ["(?=a)", r"(a)\1", "a++", r"a\Z", r"[\u4e00-\u9fa5]", "a{2000}", "(?x) a", "(?<n>a)", r"\C", "["]
)
def test_a_pattern_that_would_fail_in_every_version_is_refused_in_the_contract(pattern: str) -> None:
    assert regex_mistake(pattern)


def test_a_whole_that_is_missing_is_told_once_and_not_for_each_of_its_parts(tmp_path: Path) -> None:
    raw = SOUND.split(b"schema:")[0] + b"schema: [nothing]\n"
    places = [mistake.where for mistake in read_draft(written(tmp_path, raw)).mistakes]
    assert "schema[0].properties" not in places
    raw = SOUND.replace(b"  - property: yishu.source", b"  - property: yishu_source", 1)
    places = [mistake.where for mistake in read_draft(written(tmp_path, raw)).mistakes]
    assert places == ["yishu.source"]


def test_no_lint_rule_speaks_of_an_item_whose_name_cannot_be_read(tmp_path: Path) -> None:
    raw = SOUND.replace(
        b"- name: stop_no\n        businessName: " + "站点编号".encode(),
        "- name: 编号\n        businessName: 邮政编码".encode(),
    )
    draft = read_draft(written(tmp_path, raw))
    assert len(draft.mistakes) == 1
    assert lint([draft], RULES, TOGETHER) == []


def test_nine_thousand_items_are_read(tmp_path: Path) -> None:
    head, tail = SOUND.decode().split("    quality:\n      - name: table.row_count", 1)
    more = "".join(f"      - {{name: f{n}, businessName: 字段{n}, logicalType: string}}\n" for n in range(9000))
    file = written(tmp_path, f"{head}{more}    quality:\n      - name: table.row_count{tail}".encode())
    assert len(read_contract(file).fields) == 7 + 9000


def test_schedules_that_no_clock_keeps_are_told_by_the_command(tmp_path: Path) -> None:
    for cron in ("99 4 * * *", "*/0 * * * *", "0 30-10 * * *"):
        mistakes, _ = looked_over([written(tmp_path, SOUND.replace(b"15 4 * * *", cron.encode()))])
        assert [mistake.where for mistake in mistakes] == ["yishu.source.schedule"], cron


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ("domain: transport", "domian: transport", "perhaps domain; one of apiVersion"),
        ("value: {class: unconditional", "value: {clas: unconditional", "one of class, condition, basis"),
        ("yishu.update_cycle", "yishu.updatecycle", "perhaps yishu.update_cycle; one of yishu.title_en"),
        ("value: [public_service", "value: [public_servise", "perhaps public_service; one of social_assistance"),
        (
            "expect_column_values_to_be_known_division",
            "expect_column_values_to_be_known_divison",
            "perhaps expect_column",
        ),
    ],
)
def test_of_many_words_the_one_that_was_nearly_written_is_named_first(
    tmp_path: Path, old: str, new: str, near: str
) -> None:
    assert any(f"expected {near}" in one for one in told(tmp_path, old, new))
