"""Ends the Python that starts with this folder on its path as soon as it turns to any address or name."""

import os
import sys

CALLED_OUT = 97
"""Exit status of a process that wanted to."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        sys.stderr.write(f"CALLED OUT: {event} {arguments[-1 if event == 'socket.connect' else 0]}\n")
        sys.stderr.flush()
        os._exit(CALLED_OUT)


sys.addaudithook(_watch)
