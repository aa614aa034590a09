"""Counters of this process in Prometheus' text format; no names, no keys of persons, bounded labels."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from threading import Lock

HELP: Mapping[str, str] = {
    "yishu_requests_total": "Answers by kind of path and status.",
    "yishu_seconds_total": "Seconds until the answer's last byte, by kind of path.",
    "yishu_decisions_total": "Decisions of the access rule on asks for rows, by code.",
    "yishu_rows_total": "Rows that left, by format.",
    "yishu_busy_total": "Asks turned away because all scan slots were taken.",
    "yishu_pushed_rows_total": "Rows that came in by push.",
}
"""Every counter that there is."""

Labels = tuple[tuple[str, str], ...]


class Counters:
    """Numbers that only grow, kept in memory and safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: dict[tuple[str, Labels], float] = defaultdict(float)

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to one counter of `HELP`."""
        with self._lock:
            self._values[name, tuple(sorted(labels.items()))] += amount

    def text(self) -> str:
        """All of them, as a scraper expects it."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        with self._lock:
            values = sorted(self._values.items())
        for name, about in HELP.items():
            yield f"# HELP {name} {about}"
            yield f"# TYPE {name} counter"
            for (counter, labels), value in values:
                if counter == name:
                    yield f"{name}{_braces(labels)} {value:g}"


def _braces(labels: Labels) -> str:
    inner = ",".join(f'{k}="{v}"' for k, v in labels)
    return f"{{{inner}}}" if inner else ""
