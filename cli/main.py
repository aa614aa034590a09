"""The `yishu` command. Status: 0 done · 1 refused or failed, with one sentence why · 2 wrong usage."""

import sys
from importlib import import_module

import click

from cli.door import the_door
from cli.supervisor import Interrupted, heed_signals
from schemas.errors import YishuError

VERBS = {
    "up": "cli.up",
    "demo": "cli.demo",
    "run": "cli.run",
    "backfill": "cli.backfill",
    "deletes": "cli.deletes",
    "deeds": "cli.deeds",
    "deliver": "cli.deliver",
    "contract": "cli.contract",
    "source": "cli.source",
    "quality": "cli.quality",
    "divisions": "cli.divisions",
    "catalogue": "cli.catalogue",
    "calendar": "cli.clocks",
    "rules": "cli.clocks",
    "sweep": "cli.clocks",
    "lists": "cli.lists",
    "node": "cli.nodes",
    "harvest": "cli.harvest",
    "org": "cli.parties",
    "system": "cli.parties",
    "person": "cli.parties",
    "credential": "cli.parties",
    "authority": "cli.authority",
    "once": "cli.once",
    "ledger": "cli.ledger",
    "db": "cli.db",
    "doctor": "cli.doctor",
}
"""Verb -> module that has it under that name; imported when the verb is asked for, since some take seconds."""


class Verbs(click.Group):
    """Finds a verb in its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of `VERBS`."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One verb; None where there is none of that name."""
        del ctx
        if cmd_name not in VERBS:
            return None
        found: click.Command = getattr(import_module(VERBS[cmd_name]), cmd_name)
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yishu")
def yishu() -> None:
    """Yishu 一数: collect once, use many times."""


def main() -> None:
    """Run one verb and leave with its status; a failure is told in one sentence, without a traceback."""
    heed_signals()
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: list[str]) -> int:
    """The status of one verb."""
    try:
        status = yishu.main(arguments, prog_name="yishu", standalone_mode=False, obj=the_door())
    except click.UsageError as wrong:
        wrong.show()
        return 2
    except click.ClickException as wrong:
        wrong.show()
        return 1
    except YishuError as wrong:
        click.echo(f"yishu: {wrong}", err=True)
        return 1
    except OSError as wrong:
        click.echo(f"yishu: {wrong.filename or 'the system'}: {wrong.strerror or wrong}", err=True)
        return 1
    except (click.Abort, Interrupted):
        click.echo("yishu: stopped", err=True)
        return 130
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    main()
