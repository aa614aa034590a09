"""Pools 并发池 of source systems: one a system, with the slots that its owner allows; Airflow's follow the contracts.

A pool of ours notes which slots the contracts said last. When they say otherwise it follows; what an operator set
meanwhile stays while they say the same, and is made wider only where their number rises. A pool that somebody else
made is left alone.
"""

from collections.abc import Iterator, Mapping

from cli.airflow_client import Airflow, Pool, answers, log_in
from cli.airflow_home import prepare
from schemas.dataset import Dataset
from schemas.settings import Settings
from schemas.source_limits import SLOTS

PORT = "port.txt"
"""Where the Airflow that was started last answers."""
OURS = "yishu"
"""What stands in a pool of ours; then `: ` and the slots by contract. Earlier releases wrote no number."""


def pools(datasets: Mapping[str, Dataset]) -> dict[str, int]:
    """The pools that the DAGs name, one per source system, and the slots of each: the fewest that a contract allows."""
    told: dict[str, list[int]] = {}
    for source in (dataset.source for dataset in datasets.values()):
        if name := source.pool or (f"source_{source.connection}" if source.connection else ""):
            told.setdefault(name, []).append(source.limits.slots)
    return {name: min(filter(None, slots), default=SLOTS) for name, slots in told.items()}


def follow(airflow: Airflow, wanted: Mapping[str, int]) -> tuple[str, ...]:
    """Make the pools that are missing, and let ours follow the contracts; what was made or changed, in words."""
    there = {pool.name: pool for pool in airflow.pools()}
    return tuple(_changes(airflow, wanted, there))


def follow_running(settings: Settings, datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
    """The same in the Airflow that `yishu up` runs for this home; nothing where none answers: its start follows."""
    mark = settings.home / "airflow" / PORT
    if not mark.is_file():
        return ()
    port = mark.read_text(encoding="utf-8").strip()
    if not port.isdecimal():
        return ()
    home = prepare(settings, int(port))
    if not answers(f"{home.url}/api/v2/version"):
        return ()
    return follow(log_in(home), pools(datasets))


def wider(wanted: Mapping[str, int], there: Mapping[str, int]) -> tuple[str, ...]:
    """Pools with more slots than the contracts allow, in words; -1 is without a bound."""
    found = ((name, there[name], wanted[name]) for name in sorted(wanted.keys() & there.keys()))
    return tuple(f"{name} has {has}, {most} allowed" for name, has, most in found if has < 0 or has > most)


def _changes(airflow: Airflow, wanted: Mapping[str, int], there: Mapping[str, Pool]) -> Iterator[str]:
    for name, slots in sorted(wanted.items()):
        pool, said = there.get(name), f"{OURS}: {slots}"
        if pool is None:
            airflow.make_pool(Pool(name, slots, said))
            yield f"pool {name}: made with {slots}"
        elif _ours(pool) and pool.description != said:
            following = _following(pool, slots)
            airflow.set_pool(Pool(name, following, said))
            yield f"pool {name}: {pool.slots} → {following}"


def _following(pool: Pool, wanted: int) -> int:
    """What a pool has that follows a contract: one that somebody made narrower becomes wider only where that did."""
    before = pool.description.removeprefix(f"{OURS}: ")
    rose = before.isdecimal() and wanted > int(before)
    return wanted if rose or pool.slots < 0 else min(pool.slots, wanted)


def _ours(pool: Pool) -> bool:
    return pool.description == OURS or pool.description.startswith(f"{OURS}: ")
