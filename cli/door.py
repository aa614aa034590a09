"""What every verb holds: the environment, the working folder and the clock; and how a verb tells what it found."""

import json
import os
import pwd
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from dags.schedule import window_for
from schemas.dataset import Source
from schemas.errors import BadInput
from schemas.journey import SHANGHAI, Window
from schemas.settings import Settings, read_settings


def account() -> str:
    """The account of the machine that this process runs under, as the system knows it: no variable changes it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@dataclass(frozen=True, slots=True)
class Door:
    """The operator's door to one installation."""

    environment: Mapping[str, str]
    working: Path
    now: Callable[[], datetime]
    account: str = field(default_factory=account)
    """Whose deeds go on record where nobody else is named."""

    @property
    def settings(self) -> Settings:
        """Read anew at each ask, so that a verb may change the environment before."""
        return read_settings(self.environment, self.working)


def the_door() -> Door:
    """The door of this process."""
    return Door(dict(os.environ), Path.cwd(), lambda: datetime.now(SHANGHAI))


pass_door = click.make_pass_decorator(Door)
as_json = click.option("--json", "told_as_json", is_flag=True, help="Print facts as JSON.")


def tell(facts: Any, told_as_json: bool, lines: Iterable[str] | None = None) -> None:
    """Facts as JSON, or as lines for a person; without lines, one `name: value` for each fact."""
    if told_as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines if lines is not None else (f"{name}: {_plain(value)}" for name, value in facts.items()):
        click.echo(line)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)


def window_of(source: Source, text: str, now: datetime) -> Window:
    """The window of `--window`; without one what the clock collected last. Wrong usage where it is none."""
    try:
        return window_for(source, text, now)
    except BadInput as wrong:
        raise click.BadParameter(str(wrong), param_hint="--window") from wrong


def day_of(text: str, option: str) -> date:
    """A day as options give it."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter(f"found {text!r}, expected a day such as 2026-11-20", param_hint=option) from wrong
