"""Every text of the pages in both languages; `words.json` is the one table."""

import json
from collections.abc import Mapping
from pathlib import Path

from api.language import ENGLISH

WORDS: Mapping[str, tuple[str, str]] = {
    key: (chinese, english)
    for key, (chinese, english) in json.loads(
        (Path(__file__).parent / "words.json").read_text(encoding="utf-8")
    ).items()
}
"""Key -> (Chinese, English). Braces are filled in by the page."""


def say(lang: str, key: str, **values: object) -> str:
    """The text of `key`; for a code from outside that has no text (a new reason, say) the code itself."""
    found = WORDS.get(key)
    if found is None:
        return key.partition("_")[2] or key
    return found[lang == ENGLISH].format(**values)
