"""What of plans, landings and verdicts one step leaves for the next: nothing is done where the lake is a folder."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.lake import named, travel
from catalog.lake.where import Lake, desk
from connectors.landing.claims import around
from connectors.landing.landing import MANIFEST, PLAN, read_landing
from schemas import lake as places
from schemas.journey import Landing, Part, Verdict, Window

VERDICT = "verdict.json"
RESULTS = "validation.json"


@dataclass(frozen=True, slots=True)
class Carried:
    """One window of one dataset, between the desk of a step and its lake."""

    lake: Lake
    dataset: str
    window: Window

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
        if isinstance(self.lake, Path):
            return
        here = PurePosixPath(self._landing).parent
        for found in around(named.folders(self.lake, str(here), having=MANIFEST), self.window):
            travel.fetch_named(self.lake, [f"{here}/{one}/{name}" for one in found[:1] for name in (PLAN, MANIFEST)])

    def send_plan(self) -> None:
        """The plan, before a row is read: whoever tries again elsewhere reads the same."""
        travel.send(self.lake, (), [f"{self._landing}/{PLAN}"])

    def send_landing(self, landing: Landing) -> None:
        """Rows, then plan and manifest."""
        names = [f"{self._landing}/{PLAN}", f"{self._landing}/{MANIFEST}"]
        travel.send(self.lake, [*landing.parts, landing.rejects, *(landing.keys or ())], names)

    def set_aside(self, folder: str) -> None:
        """The landing's plan and manifest stay below another folder; the files that they name stay where they are."""
        travel.rename(self.lake, [(f"{self._landing}/{name}", f"{folder}/{name}") for name in (MANIFEST, PLAN)])

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
