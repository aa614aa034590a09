"""Drivers of departments' systems are loaded when a source needs them, and their absence is a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType, ModuleType

from schemas.errors import NotReady


def driver(module: str, extra: str = "") -> ModuleType:
    """The module of that name; NotReady says which driver is missing and, with `extra`, what brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise NotReady(f"driver not installed: {missing.name}; {brings(extra)}") from missing


def brings(extra: str) -> str:
    """What to do about a missing driver."""
    return f"install yishu[{extra}]" if extra else "install it beside yishu"


@dataclass(frozen=True, slots=True)
class Need:
    """A driver that some kind of source needs."""

    module: str
    extra: str = ""
    """What brings it: `yishu[extra]`; empty where Yishu's own requirements do, or where it is found elsewhere."""

    @property
    def installed(self) -> bool:
        """Whether Python finds it; nothing is loaded."""
        try:
            return find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


_DUCKDB, _SSH = Need("duckdb", "airflow"), Need("asyncssh", "sftp")
OF_KIND: Mapping[str, tuple[Need, ...]] = MappingProxyType(
    {
        "derived": (_DUCKDB,),
        "kafka": (Need("confluent_kafka", "kafka"),),
        "mqtt": (Need("paho.mqtt", "mqtt"),),
        "soap": (Need("zeep", "soap"),),
        "xlsx": (Need("python_calamine"), Need("fastexcel")),
        "xml": (Need("lxml", "xml"),),
    }
)
"""Kind of source -> its drivers; those of databases stand in `connectors.sql.engines`."""
OF_CONNECTION: Mapping[str, Need] = MappingProxyType({"sftp": _SSH, "ssh": _SSH})
"""Kind of connection -> the driver of the place where files lie."""
