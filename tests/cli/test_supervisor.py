"""Processes are started, watched, and stopped to the last child."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.home_lock import held
from cli.sessions import members
from cli.supervisor import Crew, Part
from schemas.errors import NotReady

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
print("up", flush=True)
time.sleep(600)
"""
"""A child that leaves its group and hears no SIGTERM, as a task under way does."""


def part(name: str, code: str) -> Part:
    return Part(name, (sys.executable, "-c", code), dict(os.environ))


def wait_for_text(file: Path, text: str) -> None:
    deadline = time.monotonic() + 120
    while file.read_text().count(text) < 2:
        assert time.monotonic() < deadline, file.read_text()
        time.sleep(0.05)


def test_after_a_stop_no_child_is_alive_not_even_one_that_left_its_group(tmp_path: Path) -> None:
    with Crew(tmp_path, patience=0.2) as crew:
        crew.start(part("stubborn", STUBBORN))
        wait_for_text(tmp_path / "stubborn.log", "up")
        session = crew.running["stubborn"].pid
        assert len(members([session])) == 2
    assert members([session]) == ()


def test_a_supervisor_that_is_killed_leaves_no_child_either(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from cli.supervisor import Crew, Part\n"
        f"with Crew(Path({str(tmp_path)!r})) as crew:\n"
        f"    crew.start(Part('stubborn', (sys.executable, '-c', {STUBBORN!r}), dict(os.environ)))\n"
        "    print(crew.running['stubborn'].pid, flush=True)\n"
        "    time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        session = int(supervisor.stdout.readline())
        wait_for_text(tmp_path / "stubborn.log", "up")
        supervisor.kill()
    deadline = time.monotonic() + 120
    while members([session]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_crew_whose_watchdog_was_killed_still_stops_its_own(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        assert crew.watchdog is not None
        crew.watchdog.process.kill()
        crew.watchdog.process.wait()
        crew.start(part("sleeper", "import time; time.sleep(600)"))
        session = crew.running["sleeper"].pid
    assert members([session]) == ()


def test_under_nohup_a_hang_up_stays_ignored() -> None:
    code = (
        "import os, signal, time; from cli.supervisor import heed_signals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN); heed_signals()\n"
        "os.kill(os.getpid(), signal.SIGHUP); time.sleep(0.1); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "still here\n"


def test_a_process_that_ends_is_told_with_its_log(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(part("short", "raise SystemExit(3)"))
        with pytest.raises(NotReady, match=r"short ended with status 3.*short\.log"):
            crew.wait(lambda: False, 20, "nothing")


def test_waiting_ends_when_it_takes_too_long(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew, pytest.raises(NotReady, match="waited 0 s for the moon"):
        crew.wait(lambda: False, 0, "the moon")


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew, pytest.raises(NotReady, match="migrate ended with status 1"):
        crew.run(part("migrate", "raise SystemExit(1)"), seconds=20)


def test_one_home_has_one_supervisor(tmp_path: Path) -> None:
    with (
        held(tmp_path / "running.lock"),
        pytest.raises(NotReady, match="in use by another"),
        held(tmp_path / "running.lock"),
    ):
        pass
    with held(tmp_path / "running.lock"):
        pass
