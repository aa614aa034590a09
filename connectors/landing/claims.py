"""Which part of a stream each window has taken: the plans of committed landings tell it, and nothing else."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from connectors.protocol import Claims
from schemas import lake as places
from schemas.dataset import Json
from schemas.errors import NotReady
from schemas.journey import Plan, Window
from schemas.record import from_json

_ASIDE = re.compile(r"\.(?P<key>.+)\.[^.]+\.[0-9]{8}T[0-9]{6}\.[0-9]{6}")
"""A landing that was set aside keeps its claim until its window has landed anew."""


def claimed(lake: Path, dataset: str, window: Window) -> Claims:
    """The claims around a window, from the committed landings of a dataset in the lake."""
    here = (lake / places.landing(dataset, window)).parent
    names = [found.name for found in here.iterdir() if found.is_dir()] if here.is_dir() else []
    before, mine, after = around(names, window)

    def plan(folders: Iterable[str]) -> Plan | None:
        held = next((here / name for name in folders if (here / name / places.MANIFEST).exists()), None)
        return None if held is None else _plan(held / places.PLAN)

    return Claims(plan(before), plan(mine), plan(after))


def _plan(file: Path) -> Plan:
    try:
        return from_json(Plan, file.read_bytes(), where=str(file))
    except FileNotFoundError as wrong:
        raise NotReady(
            f"{file}: the plan of a landing is gone, and with it which part of the stream the landing took; restore it "
            "from a backup, or from the folder of the same window if it lies there"
        ) from wrong


def around(folders: Iterable[str], window: Window) -> tuple[list[str], list[str], list[str]]:
    """Folders of earlier windows, of this one, and of later ones; the nearest first, and of one window the newest."""
    newest = sorted(((*_place(_key(name)), not name.startswith("."), name) for name in folders), reverse=True)
    here = _place(window.key)
    earlier = [one[3] for one in newest if one[:2] < here]
    mine = [one[3] for one in newest if one[:2] == here]
    later = sorted((one for one in newest if one[:2] > here), key=lambda one: one[:2])
    return earlier, mine, [one[3] for one in later]


def clash(plan: Plan, claims: Claims) -> str:
    """What another window has landed of the messages that the plan wants; empty where it may have them all."""
    for other in (claims.before, claims.after):
        for piece, theirs in _pairs(plan, other):
            wanted = piece["high"] if other is claims.after else piece["low"]
            if (wanted > theirs["low"]) if other is claims.after else (wanted < theirs["high"]):
                return (
                    f"{plan.dataset} {plan.window}: {piece['name']} was to be read from {piece['low']} to "
                    f"{piece['high']}, but the window {other.window if other else ''} has landed "
                    f"{theirs['low']} to {theirs['high']}; plan anew"
                )
    return ""


def _pairs(plan: Plan, other: Plan | None) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
    theirs = {(piece["name"], piece["epoch"]): piece for piece in other.pieces} if other else {}
    for piece in plan.pieces:
        same = theirs.get((piece["name"], piece["epoch"]))
        if same is not None and piece["low"] < piece["high"]:
            yield piece, same


def _key(folder: str) -> str:
    aside = _ASIDE.fullmatch(folder)
    return aside["key"] if aside else folder


def _place(key: str) -> tuple[str, str]:
    """Where a window's key stands in time: its low end as digits, and the key."""
    return re.sub("[^0-9]", "", key.split("_", 1)[0]).ljust(20, "0"), key
