"""Opens encrypted deliveries as their recipients do: by the program that the documentation gives them."""

import runpy
from pathlib import Path
from tempfile import TemporaryDirectory

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "open_delivery.py"
MAIN = runpy.run_path(str(EXAMPLE))["main"]


def opened(text: bytes, key: bytes) -> bytes:
    """The plain content of a file; raises as the program does where it does not open."""
    with TemporaryDirectory() as folder:
        sealed, plain = Path(folder) / "sealed.yse", Path(folder) / "plain"
        sealed.write_bytes(text)
        MAIN(sealed, plain, key)
        return plain.read_bytes()
