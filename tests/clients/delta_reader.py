"""Runs inside the environment of the real delta-sharing client: asks what its arguments say, prints JSON."""

import contextlib
import json
import os
import sys
from pathlib import Path

import delta_sharing  # type: ignore[import-not-found]


def main() -> None:
    """`delta_reader.py PROFILE`, with a list of `[what, arguments]` on standard input."""
    profile = Path(sys.argv[1])
    with contextlib.redirect_stdout(sys.stderr):  # the client tells statistics of its own there
        answers = [_answer(profile, *one) for one in json.load(sys.stdin)]
    print(json.dumps(answers, ensure_ascii=False, default=str), flush=True)
    os._exit(0)  # what the client loads may abort while it is taken down, once all has been answered


def _answer(profile: Path, what: str, told: dict) -> object:
    try:
        if what == "tables":
            client = delta_sharing.SharingClient(str(profile))
            return [f"{one.share}.{one.schema}.{one.name}" for one in client.list_all_tables()]
        if what == "version":
            return delta_sharing.get_table_version(f"{profile}#{told['table']}")
        table = told.pop("table")
        if what == "changes":
            frame = delta_sharing.load_table_changes_as_pandas(f"{profile}#{table}", **told)
            frame = frame.drop(columns="_commit_timestamp")  # a number in one format, a moment in the other
            return {"columns": list(frame.columns), "rows": frame.astype(str).values.tolist()}
        frame = delta_sharing.load_as_pandas(f"{profile}#{table}", **told)
        return {"columns": list(frame.columns), "rows": frame.astype(str).values.tolist()}
    except Exception as wrong:  # noqa: BLE001 - whatever the client raises is what the test looks at
        return {"error": f"{type(wrong).__name__}: {wrong}"[:500]}


if __name__ == "__main__":
    main()
