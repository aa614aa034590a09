"""Prints what an extra of setup.cfg asks for: `python deploy/extra.py spark`."""

import configparser
import sys
from pathlib import Path


def wanted(setup: str, extra: str) -> str:
    """The extra's requirements, one a line."""
    parser = configparser.ConfigParser()
    parser.read_string(setup)
    return parser["options.extras_require"][extra].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(wanted(Path("setup.cfg").read_text(encoding="utf-8"), sys.argv[1]))
