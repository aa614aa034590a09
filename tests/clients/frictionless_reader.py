"""Runs inside the environment of frictionless: reads packages of a CKAN portal and their rows, prints JSON.

`frictionless_reader.py URL [CREDENTIAL]`, with `{"dataset": name}` or `{"catalog": {…}}` on standard input.
"""

import json
import sys

from frictionless import Catalog, Package  # type: ignore[import-not-found]
from frictionless.portals import CkanControl  # type: ignore[import-not-found]


def main() -> None:
    """One package with its rows, or the names of a whole catalogue's packages."""
    url, *credential = sys.argv[1:]
    asked = json.load(sys.stdin)
    told = {"baseurl": url, "apikey": credential[0]} if credential else {"baseurl": url}
    try:
        if "catalog" in asked:
            catalog = Catalog(control=CkanControl(**told, **asked["catalog"]))
            print(json.dumps(sorted(one.package.name for one in catalog.datasets)))
            return
        package = Package(control=CkanControl(dataset=asked["dataset"], **told))
        (resource,) = package.resources
        rows = [{name: str(value) for name, value in row.items()} for row in resource.read_rows()]
        print(json.dumps({"name": package.name, "title": package.title, "rows": rows}, ensure_ascii=False))
    except Exception as wrong:  # noqa: BLE001 - whatever the client raises is what the test looks at
        print(json.dumps({"error": f"{type(wrong).__name__}: {wrong}"[:500]}))


if __name__ == "__main__":
    main()
