"""Where files lie in the lake: pure paths, relative to its root, the same on a disk and in a bucket."""

from schemas.journey import Window

PLAN = "plan.json"
"""What one pull will read; in the folder of its landing."""
MANIFEST = "manifest.json"
"""Makes a landing count; in the same folder."""


def landing(dataset: str, window: Window) -> str:
    """Folder of one pull: `plan.json`, `part-*.parquet`, `rejects.parquet`, `manifest.json`."""
    return f"landing/{dataset}/{window.key}"


def verdict(dataset: str, window: Window) -> str:
    """Folder of what validation wrote: `clean-*.parquet`, `quarantine.parquet`, `verdict.json`, and what they tell.

    That is `profile.json`, and `groups.parquet` where rows are about people.
    """
    return f"verdicts/{dataset}/{window.key}"


def version(dataset: str, number: int) -> str:
    """Folder of one published version: `part-*.parquet`, `manifest.json`, `profile.json`, `groups.parquet`.

    Of an append that folded windows also `fold/`, with parts, groups and sketches of these.
    """
    return f"datasets/{dataset}/v={number}"


def failing(dataset: str, seen: str) -> str:
    """The records that broke rules in one verdict, by key, for their own department; `seen` is their digest."""
    return f"incidents/{dataset}/{seen}.parquet"


def gone(dataset: str, sha256: str) -> str:
    """Keys and places of rows that are gone at the source, which wait for a reviewer's word."""
    return f"confirmations/{dataset}/{sha256}"


def subjects_of(dataset: str, sha256: str) -> str:
    """Which subjects stand in a published file, by keyed tokens; can be made again from the file."""
    return f"subjects/{dataset}/{sha256}.tokens"


def inbox(dataset: str) -> str:
    """Folder of what was pushed: `<push>.<start of its sha256>.parquet`, one for each push that rows came in with."""
    return f"inbox/{dataset}"
