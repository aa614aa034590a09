"""Ends the Python that starts with this folder on its path as soon as it turns to any address but this machine's."""

import os
import sys

CALLED_OUT = 97
"""Exit status of a process that wanted to."""


HERE = "127.0.0.1"


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        told = arguments[-1 if event == "socket.connect" else 0]
        if HERE in (told, told[0] if isinstance(told, tuple) else None):
            return
        sys.stderr.write(f"CALLED OUT: {event} {told}\n")
        sys.stderr.flush()
        os._exit(CALLED_OUT)


sys.addaudithook(_watch)
