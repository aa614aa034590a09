"""The house stands as it is drawn: packages are ours alone, and imports go the way that README says."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("schemas", "connectors", "quality", "catalog", "api", "dags", "cli")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOMS)


def drawn(readme: str) -> dict[str, set[str]]:
    """README's table of rooms: `| `room/` | what | may import |`."""
    rows = re.findall(r"^\| `(\w+)/` \|[^|]*\|([^|]*)\|$", readme, flags=re.MULTILINE)
    return {room: set(re.findall(r"`(\w+)`", imports)) for room, imports in rows}


@pytest.mark.parametrize("file", ["README.md", "README.zh-CN.md"])
def test_the_drawing_in_the_readme_is_what_the_code_imports(file: str, graph: grimp.ImportGraph) -> None:
    table = drawn((ROOT / file).read_text(encoding="utf-8"))
    assert set(table) == set(ROOMS)
    for room in ROOMS:
        found = {
            imported.split(".")[0]
            for module in graph.modules
            if module.split(".")[0] == room
            for imported in graph.find_modules_directly_imported_by(module)
        } - {room}
        assert found <= table[room], f"{room} imports {sorted(found - table[room])}, which {file} does not draw"


def test_no_other_distribution_claims_one_of_our_names() -> None:
    owners = packages_distributions()
    assert {room: set(owners[room]) for room in ROOMS if room in owners} == {
        room: {"yishu"} for room in ROOMS if room in owners
    }


def test_every_file_says_in_its_first_line_what_it_is() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for room in (*ROOMS, "demo")
        for file in (ROOT / room).rglob("*.py")
        if not file.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_serving_loads_no_pipeline_and_no_driver() -> None:
    heavy = (
        "great_expectations",
        "airflow",
        "duckdb",
        "pandas",
        "fastexcel",
        "python_calamine",
        "sqlglot",
        "asyncssh",
        "connectors",
        "quality",
    )
    code = f"import sys, api.app; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tests_of_one_file_or_of_a_costly_folder_run_in_one_process(tmp_path: Path) -> None:
    for file in ("demo/test_a.py", "demo/test_b.py", "light/test_c.py", "light/test_d.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test(n): pass\n")
    told = re.search(r"pytest (-n .*) \$\(ARGS\)", (ROOT / "Makefile").read_text())
    assert told
    spread = told[1].replace("$(WORKERS)", "3").split()
    command = [sys.executable, "-m", "pytest", *spread, "-v", "-p", "tests.conftest", f"--rootdir={tmp_path}", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    ran: dict[str, set[str]] = {}
    for process, folder, file in re.findall(r"^\[(gw\d)\].*PASSED .*?(\w+)/(\w+)\.py", done.stdout, flags=re.MULTILINE):
        ran.setdefault(folder if folder == "demo" else f"{folder}/{file}", set()).add(process)
    assert {room: len(processes) for room, processes in ran.items()} == {
        "demo": 1,
        "light/test_c": 1,
        "light/test_d": 1,
    }
