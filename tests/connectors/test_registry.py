"""Kinds of source are found by name, other packages' too; what is missing is told, and importing costs little."""

import subprocess
import sys
from dataclasses import replace

import pytest

from connectors.drivers import driver
from connectors.protocol import ConnectorKind
from connectors.registry import OWN, connector_for, kind_of, kinds, option_mistakes
from schemas.dataset import FieldType, Kind, Source
from schemas.errors import BadInput, NotReady
from tests.builders import make_dataset, make_field


@pytest.mark.parametrize("name", OWN)
def test_every_kind_describes_itself(name: str) -> None:
    kind = kind_of(name)
    assert isinstance(kind, ConnectorKind)
    assert kind.name == name
    assert kind.options.model_config.get("extra") == "forbid"


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    dataset = make_dataset(source=Source("mainframe", "x", {}))
    (mistake,) = option_mistakes(dataset)
    assert mistake == f"source kind: found 'mainframe', expected one of {', '.join(kinds())}"
    with pytest.raises(BadInput, match="found 'mainframe'"):
        connector_for(dataset, None)


def test_a_missing_driver_is_a_sentence() -> None:
    with pytest.raises(NotReady, match=r"driver not installed: dmPython; install yishu\[dm\]"):
        driver("dmPython", "dm")


def test_a_format_that_cannot_be_read_is_a_mistake_of_the_contract() -> None:
    dataset = make_dataset(fields=(make_field("born", type=FieldType(Kind.DATE), format="%d.%m.%y"),))
    (mistake,) = option_mistakes(replace(dataset, default_scope=""))
    assert mistake.startswith("born: yishu.format: found %y in '%d.%m.%y'")


def test_importing_the_registry_and_landing_loads_no_driver() -> None:
    drivers = ("psycopg", "python_calamine", "duckdb", "httpx", "sqlite3")
    code = (
        "import sys; import connectors.registry, connectors.landing.landing; "
        f"print([d for d in {drivers!r} if d in sys.modules], 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[] False"


def test_importing_the_registry_alone_does_not_even_load_arrow() -> None:
    code = "import sys; import connectors.registry; print('pyarrow' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
