"""Shows how far long work is: one line that renews itself where a person watches, else a line now and then."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from connectors.places.fetching import told_to
from dags.progress import Fetching, Listener

OFTEN, SELDOM = 0.5, 10.0
"""Seconds between two words, on a terminal and elsewhere."""
CLEAR = "\r\x1b[K"


@contextmanager
def watching() -> Iterator[Listener]:
    """A listener on the error output, so that facts on the standard output stay alone."""
    if not sys.stderr.isatty():
        yield Listener(lambda line: click.echo(line, err=True), SELDOM)
        return
    try:
        yield Listener(lambda line: click.echo(f"{CLEAR}{line}", err=True, nl=False), OFTEN, steps=True)
    finally:
        click.echo(CLEAR, err=True, nl=False)


@contextmanager
def fetching() -> Iterator[None]:
    """How far files that must be fetched are is shown within."""
    with watching() as listener, told_to(Fetching(listener)):
        yield
