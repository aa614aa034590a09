"""Drivers of departments' systems are loaded when a source needs them, and their absence is a sentence."""

from importlib import import_module
from types import ModuleType

from schemas.errors import NotReady


def driver(module: str, extra: str = "") -> ModuleType:
    """The module of that name; NotReady says which driver is missing and, with `extra`, what brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        bring = f"install yishu[{extra}]" if extra else "install it beside yishu"
        raise NotReady(f"driver not installed: {missing.name}; {bring}") from missing
