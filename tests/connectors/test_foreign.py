"""The connector of another package (docs/write-a-connector.md), installed by itself, conforms and goes all the way."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "connector"
PAGE = (ROOT / "docs" / "write-a-connector.md").read_text(encoding="utf-8")
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: emergency.notice
name: 应急通知
version: 1.0.0
status: active
description: {purpose: 发出的应急通知，每条一块, usage: 政务值守}
customProperties:
  - {property: yishu.title_en, value: "Notices"}
  - property: yishu.owner
    value: {credit_code: "11370400DEM000014H", name: 枣庄市应急管理局（演示）, division: "370400000000"}
  - {property: yishu.sharing, value: {class: unconditional}}
  - {property: yishu.update_cycle, value: P1D}
  - property: yishu.source
    value: {kind: record_blocks, connection: notices, options: {file: today.blocks}}
schema:
  - name: notice
    properties:
      - {name: id, businessName: 编号, logicalType: string, primaryKey: true}
      - {name: text, businessName: 内容, logicalType: string, required: true}
"""
BLOCKS = '# id text\n\nid = "007"\ntext = "防汛\\n通知"\n\nid = "008"\ntext = null\n'


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that has the example, and borrows everything else from ours."""
    made = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(EXAMPLE.iterdir()) if f.is_file())).hexdigest()
    folder = ROOT / "build" / "foreign" / f"{sys.version_info[0]}{sys.version_info[1]}-{made[:12]}"
    program = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        own = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
        (own / "borrowed.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        copy = tmp_path_factory.mktemp("example") / "connector"
        shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
        install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", str(copy)]
        run([sys.executable, "-m", "pip", "--python", str(program), "--disable-pip-version-check", *install])
        (folder / ".ready").touch()
    return program


def run(command: Sequence[str], folder: Path | None = None, **told: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", **told}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_its_own_tests_inherit_the_suite_and_are_green(python: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "example" / "record_blocks.py").unlink()
    said = run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], tmp_path / "example")
    passed = int(said.strip().splitlines()[-1].split()[0])
    assert passed >= 18
    assert "failed" not in said


def test_it_goes_the_whole_way(python: Path, tmp_path: Path) -> None:
    (tmp_path / "contracts" / "emergency").mkdir(parents=True)
    (tmp_path / "contracts" / "emergency" / "notice.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "today.blocks").write_text(BLOCKS, encoding="utf-8")
    told = {
        "YISHU_HOME": "home",
        "YISHU_CONTRACTS": "contracts",
        "AIRFLOW_CONN_NOTICES": json.dumps({"conn_type": "fs", "host": str(tmp_path / "drop")}),
    }

    def yishu(*arguments: str) -> str:
        return run([str(python), "-m", "cli.main", *arguments], tmp_path, **told)

    listed = json.loads(yishu("contract", "new", "emergency.other", "--from", "notices", "--json"))
    assert [(one["name"], one["kind"]) for one in listed] == [("today.blocks", "record_blocks")]
    yishu("contract", "new", "emergency.other", "drafts", "--from", "notices:today.blocks")
    assert "kind: record_blocks" in (tmp_path / "drafts" / "emergency" / "other.odcs.yaml").read_text(encoding="utf-8")
    yishu("contract", "compile")
    yishu("db", "upgrade")
    assert "all 2 of the contract are there" in yishu("source", "check", "emergency.notice")
    published = json.loads(yishu("run", "emergency.notice", "--json"))
    assert (published["read"], published["published"], published["quarantined"]) == (2, 1, 1)
    assert published["rules"] == {"text.required": 1}
    without = subprocess.run(
        [sys.executable, "-m", "cli.main", "contract", "lint", "contracts"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert without.returncode == 1
    assert "found 'record_blocks', expected one of" in without.stderr


def test_the_page_shows_the_entry_point_that_the_example_has() -> None:
    assert '[project.entry-points."yishu.connectors"]\nrecord_blocks = "record_blocks:KIND"' in PAGE
    assert 'record_blocks = "record_blocks:KIND"' in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
