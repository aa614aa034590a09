"""What of plans, landings and verdicts one step leaves for the next, and how runs of one dataset are kept apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.database import serialise, writing
from catalog.lake import named, travel
from catalog.lake.where import Lake, desk
from catalog.shelf import Shelf
from connectors.landing.claims import around, claimed, clash
from connectors.landing.landing import MANIFEST, PLAN, read_landing
from dags.job import Job
from schemas import lake as places
from schemas.errors import Busy
from schemas.journey import Landing, Part, Plan, Verdict, Window
from schemas.record import from_json

VERDICT = "verdict.json"
RESULTS = "validation.json"


@dataclass(frozen=True, slots=True)
class Carried:
    """One window of one dataset, between the desk of a step and its lake; nothing travels where that is a folder."""

    shelf: Shelf
    dataset: str
    window: Window

    @property
    def lake(self) -> Lake:
        """A folder, or a bucket with a desk."""
        return self.shelf.lake

    @property
    def _landing(self) -> str:
        return places.landing(self.dataset, self.window)

    @property
    def _verdict(self) -> str:
        return places.verdict(self.dataset, self.window)

    def fetch_landing(self) -> Landing | None:
        """The committed landing and the plan, without its rows; None where nothing has landed."""
        travel.fetch_named(self.lake, [f"{self._landing}/{PLAN}", f"{self._landing}/{MANIFEST}"])
        return read_landing(desk(self.lake), self.dataset, self.window)

    def fetch_landed(self, landing: Landing) -> None:
        """Its rows, too."""
        travel.fetch(self.lake, [*landing.parts, landing.rejects, *(landing.keys or ())])

    def fetch_claims(self) -> None:
        """Plans and manifests of the nearest windows: which part of a stream they have taken."""
        if not isinstance(self.lake, Path):
            self._fetch_claims(*around(self._landed(), self.window))

    def _landed(self) -> frozenset[str]:
        return named.folders(self.lake, str(PurePosixPath(self._landing).parent), having=MANIFEST)

    def _fetch_claims(self, *nearest: list[str]) -> None:
        here = PurePosixPath(self._landing).parent
        for found in nearest:
            travel.fetch_named(self.lake, [f"{here}/{one}/{name}" for one in found[:1] for name in (PLAN, MANIFEST)])

    def send_plan(self) -> None:
        """The plan, before a row is read: whoever tries again elsewhere reads the same."""
        travel.send(self.lake, (), [f"{self._landing}/{PLAN}"])

    def send_landing(self, landing: Landing, stream: Plan | None = None) -> None:
        """Rows, then plan and manifest; Busy where another window has taken some of the same messages of a stream.

        In a folder `land` has seen to that; on a desk it could not see what other machines have committed meanwhile.
        """
        if isinstance(self.lake, Path):
            return
        travel.send(self.lake, [*landing.parts, landing.rejects, *(landing.keys or ())], ())
        with self._alone():
            if stream is not None:
                before, _, after = around(self._landed(), self.window)
                self._fetch_claims(before, after)
                if said := clash(stream, claimed(desk(self.lake), self.dataset, self.window)):
                    raise Busy(said)
            travel.send(self.lake, (), [f"{self._landing}/{PLAN}", f"{self._landing}/{MANIFEST}"])

    def set_aside(self, landing: Landing) -> None:
        """Keep a landing beside, under its contract's hash and the moment of its collection; the window lands anew.

        Of a bucket the files that its manifest names stay where they are. Busy where another run was first.
        """
        folder = desk(self.lake) / self._landing
        aside = folder.with_name(f".{folder.name}.{landing.contract[:12]}.{landing.collected_at:%Y%m%dT%H%M%S.%f}")
        with self._alone():
            if self._committed() != landing:
                raise Busy(
                    f"{self.dataset} {self.window.key}: another run is collecting this window anew, or has just done "
                    "so; look at what it brings, and run again where that is not enough"
                )
            beside = aside.relative_to(desk(self.lake)).as_posix()
            travel.move_landing(self.lake, self._landing, beside)
            folder.rename(aside)

    def _committed(self) -> Landing | None:
        """As it stands in the lake now."""
        found = named.text(self.lake, f"{self._landing}/{MANIFEST}")
        return None if found is None else from_json(Landing, found, where=self._landing)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Until the block is left no other run commits a landing of this dataset, or sets one aside, on any machine."""
        with writing(self.shelf.engine) as connection:
            serialise(connection, f"land {self.dataset}")
            yield

    def send_verdict(self, verdict: Verdict) -> None:
        """What validation wrote, its results, and the verdict last."""
        travel.send(self.lake, _parts(verdict), [f"{self._verdict}/{name}" for name in (RESULTS, VERDICT)])

    def fetch_verdict(self) -> Verdict | None:
        """The verdict with its files; None where none was reached."""
        from quality.check import read_verdict

        travel.fetch_named(self.lake, [f"{self._verdict}/{VERDICT}"])
        verdict = read_verdict(desk(self.lake), self.dataset, self.window)
        if verdict is not None:
            travel.fetch(self.lake, _parts(verdict))
        return verdict


def fetch_results(lake: Lake, dataset: str, window: Window | None) -> None:
    """Verdict and results of a window, or of the newest that has them, for who makes pages of them."""
    folder = f"verdicts/{dataset}"
    if window is None:
        there = [Window.parse(key) for key in named.folders(lake, folder)]
        if not there:
            return
        window = max(there, key=lambda one: one.low)
    name = places.verdict(dataset, window)
    travel.fetch_named(lake, [f"{name}/{RESULTS}", f"{name}/{VERDICT}"])


def _parts(verdict: Verdict) -> list[Part | None]:
    removed = verdict.merge.tombstones if verdict.merge else None
    return [*verdict.clean, *verdict.quarantine, verdict.profile, verdict.groups, removed]


def carried_of(job: Job, shelf: Shelf) -> Carried:
    """What the steps of a job leave for each other."""
    return Carried(shelf, job.dataset.key, job.window)
