"""What a source shows in place of headers is held against the contract, and no person is repeated in what is said."""

import pytest

from connectors.headers import Layout, layout, like_data
from schemas.dataset import Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import dataset_of

PERSON = "370402199001011234"
NAMED = dataset_of(
    Source("csv_folder", "drop", {}), (make_field("name", source_name="姓名"), make_field("id", source_name="证件号码"))
)


def refused(*headers: str) -> str:
    with pytest.raises(SourceChanged) as wrong:
        layout(NAMED, headers, "a.csv")
    return str(wrong.value)


def test_where_the_header_row_is_missing_the_first_person_is_not_told() -> None:
    assert refused("张三", PERSON) == (
        "a.csv: no column '姓名', '证件号码'; found 2 cells that look like data (is the header row missing?); "
        "expected '姓名', '证件号码'"
    )


def test_headers_that_are_only_others_are_listed() -> None:
    assert "found '名字', '号码', '2022'; expected" in refused("名字", "号码", "2022")
    assert "found '姓名', '性别', besides 1 not shown: they look like data; expected" in refused("姓名", "性别", PERSON)


@pytest.mark.parametrize(
    "cell",
    [PERSON, "37040219900101123X", "13800000000", "0632-3312345", "1990-01-01", "1990年1月1日", "1990/1/1", "女", "35",
     "1,200.50", "鲁D12345", "zhang@example.cn", "91370400MA3C4D5E6F"],
)  # fmt: skip
def test_values_are_known_for_what_they_are(cell: str) -> None:
    assert like_data(cell)


@pytest.mark.parametrize(
    "header", ["姓名", "2022", "2022年", "第1季度", "PM2.5", "person/@id", "地址1", "a_2", "202211", ""]
)
def test_headers_are_not_taken_for_data(header: str) -> None:
    assert like_data(header) is (header == "202211")


def test_columns_that_no_field_names_are_told_without_data() -> None:
    told = Layout(("姓名", "备注", PERSON, ""), (0,)).extra
    assert told == ("备注", "column 3, whose header looks like data")
