"""The end report of the demo: what became of every row, held against the planted truth, and what the API answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.runs import Run
from demo.faults import DUPLICATE, Truth, added
from demo.question import Question
from schemas.dataset import Dataset, Json, Severity


class AirflowRun(Protocol):
    """What the report tells of a run in Airflow's own database."""

    @property
    def dag(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """One dataset over all its windows, and what was expected of it."""

    dataset: Dataset
    found: Truth
    quarantined: int
    """Rows in quarantine; a row that breaks two rules is one row."""
    expected: Truth
    seconds: Mapping[str, float]
    windows: int
    """How many windows were published."""
    airflow: tuple[AirflowRun, ...] | None
    """None: it went its way without a scheduler."""

    @property
    def scheduled(self) -> bool:
        """Whether Airflow's own database holds runs of it, and each as a success."""
        runs = self.airflow
        return runs is None or (bool(runs) and all(one.state == "success" for one in runs))

    @property
    def balanced(self) -> bool:
        """Nothing was lost and nothing doubled."""
        return self.found.read == self.found.published + self.quarantined + self.found.duplicates

    @property
    def right(self) -> bool:
        """Exactly the planted faults were found, and Airflow knows every run as a success."""
        return self.balanced and self.scheduled and self.found == self.expected


@dataclass(frozen=True, slots=True)
class Report:
    """The whole demo."""

    datasets: tuple[DatasetReport, ...]
    questions: tuple[Question, ...]
    stages: Mapping[str, float]
    """Stage of the demo -> seconds, in their order."""

    @property
    def right(self) -> bool:
        """Whether the demo shows what it should."""
        return all(one.right for one in self.datasets) and all(one.right for one in self.questions)

    @property
    def steps(self) -> Mapping[str, float]:
        """Step of a dataset's way -> seconds, all datasets together."""
        return _sums(one.seconds for one in self.datasets)


def report_on(
    dataset: Dataset, runs: Iterable[Run], expected: Truth, airflow: Iterable[AirflowRun] | None = None
) -> DatasetReport:
    """What the catalogue's `runs` of a dataset say, one for each window, the newest that published.

    With `airflow`, the runs that were waited for, of their windows alone: soon after midnight the scheduler also runs
    the day before, for which nothing was pushed. Where Airflow knows none, of all.
    """
    known = None if airflow is None else tuple(one for one in airflow if one.dag == dataset.key)
    windows = {one.partition for one in known or ()}
    newest: dict[str, Run] = {}
    for run in runs:
        if run.dataset == dataset.key and run.state == "published" and (not windows or run.window in windows):
            kept = newest.get(run.window, run)
            newest[run.window] = max(kept, run, key=lambda one: one.finished_at)
    counted = tuple(newest.values())
    quarantined, warnings = _by_severity(dataset, added(run.rules for run in counted), expected)
    found = Truth(
        read=sum(run.read for run in counted),
        published=sum(run.published for run in counted),
        quarantined=quarantined,
        duplicates=sum(run.duplicates for run in counted),
        warnings=warnings,
    )
    return DatasetReport(
        dataset=dataset,
        found=found,
        quarantined=sum(run.quarantined for run in counted),
        expected=expected,
        seconds=_sums(run.seconds for run in counted),
        windows=len(counted),
        airflow=known,
    )


def _by_severity(
    dataset: Dataset, rules: Mapping[str, int], expected: Truth
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Rules that send rows to quarantine, and those that warn.

    A warning about unknown divisions depends on what was imported: it counts only where it is expected.
    """
    warn = {rule.name for rule in dataset.rules if rule.severity is Severity.WARNING}
    told = {name: failed for name, failed in rules.items() if name != DUPLICATE}
    quarantined = {name: failed for name, failed in told.items() if name not in warn}
    warnings = {
        name: failed
        for name, failed in told.items()
        if name in warn and (not name.endswith(".known") or name in expected.warnings)
    }
    return quarantined, warnings


def as_json(report: Report) -> dict[str, Json]:
    """For `--json`; every number of the report."""
    return {
        "right": report.right,
        "seconds": round(sum(report.stages.values()), 2),
        "stages": _shares(report.stages),
        "steps": _shares(report.steps),
        "datasets": [_dataset(one) for one in report.datasets],
        "answers": [
            {
                "question": one.question,
                "question_en": one.question_en,
                "expected": one.expected,
                "found": one.found,
                "right": one.right,
            }
            for one in report.questions
        ],
    }


def _dataset(one: DatasetReport) -> dict[str, Json]:
    return {
        "dataset": one.dataset.key,
        "title": one.dataset.title,
        "right": one.right,
        "balanced": one.balanced,
        **_truth(one.found),
        "quarantined_rows": one.quarantined,
        "expected": _truth(one.expected),
        "seconds": dict(one.seconds),
        "airflow": [{"run": run.run, "partition": run.partition, "state": run.state} for run in one.airflow or ()],
    }


def _truth(of: Truth) -> dict[str, Json]:
    return {
        "read": of.read,
        "published": of.published,
        "quarantined": dict(sorted(of.quarantined.items())),
        "duplicates": of.duplicates,
        "warnings": dict(sorted(of.warnings.items())),
    }


def _shares(seconds: Mapping[str, float]) -> list[dict[str, Json]]:
    total = sum(seconds.values()) or 1.0
    return [
        {"name": name, "seconds": round(spent, 2), "share": round(spent / total, 3)} for name, spent in seconds.items()
    ]


def _sums(parts: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, spent in part.items():
            total[name] = total.get(name, 0.0) + spent
    return total


def wrong(report: Report) -> Sequence[str]:
    """One sentence for each thing that is not as expected; empty when the demo is right."""
    told = [
        f"{one.dataset.key}: expected {_truth(one.expected)}, found {_truth(one.found)}, "
        f"Airflow runs {', '.join(run.state for run in one.airflow or ()) or 'none'} for {one.windows} windows"
        for one in report.datasets
        if not one.right
    ]
    asked = [
        f"{one.question} ({one.question_en}): expected {one.expected}, found {one.found}"
        for one in report.questions
        if not one.right
    ]
    return told + asked
