"""Where the contract of a key belongs."""

from pathlib import Path

from schemas.contract_fields import NAME
from schemas.errors import BadInput


def draft_path(key: str, folder: Path) -> Path:
    """Where the contract of that key belongs; BadInput for a key that is none."""
    parts = key.split(".")
    if len(parts) != 2 or not all(NAME.fullmatch(part) for part in parts):
        raise BadInput(
            f"key: found {key!r}, expected <department>.<dataset> in lower-case letters, digits and _, a letter first"
        )
    return folder / parts[0] / f"{parts[1]}.odcs.yaml"
