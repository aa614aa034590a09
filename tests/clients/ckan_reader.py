"""Runs inside the environment of ckanapi: calls the actions that its standard input lists, prints JSON."""

import json
import sys

from ckanapi import RemoteCKAN  # type: ignore[import-not-found]
from ckanapi.errors import CKANAPIError  # type: ignore[import-not-found]


def main() -> None:
    """`ckan_reader.py URL [CREDENTIAL]`, with `[[how, action, arguments], …]` on standard input; how: get or post."""
    url, *credential = sys.argv[1:]
    asks = json.load(sys.stdin)
    print(json.dumps([_answer(url, credential, *one) for one in asks], ensure_ascii=False))


def _answer(url: str, credential: list[str], how: str, action: str, told: dict) -> object:
    with RemoteCKAN(url, apikey=credential[0] if credential else None, get_only=how == "get") as ckan:
        try:
            return ckan.call_action(action, told)
        except CKANAPIError as wrong:
            return {"error": type(wrong).__name__, "said": str(wrong)[:500]}


if __name__ == "__main__":
    main()
