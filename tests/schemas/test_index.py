"""The compiled contracts: what a DAG file reads with `json` alone, and what comes back whole."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.contract import read_contract
from schemas.dataset import Dataset
from schemas.errors import BadInput, NotReady, Unknown
from schemas.index import read_dataset, read_index, write_index

GOOD = Path(__file__).parent / "contracts" / "civil_affairs" / "low_income.odcs.yaml"


@pytest.fixture(scope="module")
def low_income() -> Dataset:
    return read_contract(GOOD)


@pytest.fixture
def datasets(low_income: Dataset) -> list[Dataset]:
    keys = ("health.checkup", "civil_affairs.low_income", "civil_affairs.burial")
    return [replace(low_income, key=key) for key in keys]


def test_what_was_written_comes_back_whole_and_sorted(datasets: list[Dataset], tmp_path: Path) -> None:
    files = write_index(datasets, tmp_path / "registry")
    assert [f.name for f in files] == ["civil_affairs.json", "health.json"]
    index = read_index(tmp_path / "registry")
    assert list(index) == ["civil_affairs.burial", "civil_affairs.low_income", "health.checkup"]
    assert all(index[dataset.key] == dataset for dataset in datasets)


def test_a_dag_file_reads_what_it_needs_with_json_alone(datasets: list[Dataset], tmp_path: Path) -> None:
    (file, _) = write_index(datasets, tmp_path)
    stored = json.loads(file.read_text(encoding="utf-8"))["datasets"]["civil_affairs.low_income"]
    assert stored["key"] == "civil_affairs.low_income"
    assert stored["title"] == "城乡低保对象"
    assert stored["owner_name"] == "枣庄市民政局（演示）"
    assert stored["tags"] == ["民政"]
    source = stored["source"]
    assert (source["schedule"], source["pool"]) == ("0 2 * * *", "source_civil_affairs_db")
    assert (source["inputs"], source["connection"], source["load"]) == ([], "civil_affairs_db", "snapshot")


def test_the_same_contracts_make_the_same_bytes(datasets: list[Dataset], tmp_path: Path) -> None:
    first = [f.read_bytes() for f in write_index(datasets, tmp_path / "a")]
    second = [f.read_bytes() for f in write_index(reversed(datasets), tmp_path / "b")]
    assert first == second


def test_the_hash_changes_with_the_contract(datasets: list[Dataset], tmp_path: Path) -> None:
    def digest() -> str:
        return str(json.loads((tmp_path / "health.json").read_text(encoding="utf-8"))["hash"])

    write_index(datasets, tmp_path)
    before = digest()
    write_index([replace(datasets[0], version="1.0.1"), *datasets[1:]], tmp_path)
    assert digest() != before


def test_a_department_without_contracts_loses_its_file_and_no_half_file_stays(
    datasets: list[Dataset], tmp_path: Path
) -> None:
    write_index(datasets, tmp_path)
    write_index(datasets[1:], tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["civil_affairs.json"]


def test_one_dataset_is_read_from_its_departments_file_alone(datasets: list[Dataset], tmp_path: Path) -> None:
    write_index(datasets, tmp_path)
    (tmp_path / "civil_affairs.json").write_text("{", encoding="utf-8")
    assert read_dataset(tmp_path, "health.checkup").key == "health.checkup"
    with pytest.raises(NotReady, match="compile"):
        read_dataset(tmp_path, "civil_affairs.burial")


@pytest.mark.parametrize("key", ["health.nothing", "nobody.nothing", "health", "", "../health.checkup"])
def test_an_unknown_key_is_unknown(datasets: list[Dataset], tmp_path: Path, key: str) -> None:
    write_index(datasets, tmp_path)
    with pytest.raises(Unknown, match="no dataset"):
        read_dataset(tmp_path, key)


def test_a_folder_that_nothing_was_compiled_to_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="yishu contract compile"):
        read_index(tmp_path / "registry")


def test_two_contracts_of_one_key_are_refused_and_nothing_is_written(low_income: Dataset, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two contracts"):
        write_index([low_income, low_income], tmp_path / "registry")
    assert not (tmp_path / "registry").exists()
