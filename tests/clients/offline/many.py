"""Run inside the tool's environment: several command lines of Data Contract CLI in one process, for its start is slow.

Standard input: a JSON list of argument lists. Standard output: a JSON list of [exit status, what was printed].
"""

import json
import sys

from datacontract.cli import app  # type: ignore[import-not-found]
from typer.testing import CliRunner

told = [CliRunner().invoke(app, arguments) for arguments in json.load(sys.stdin)]
json.dump([[one.exit_code, one.output] for one in told], sys.stdout)
