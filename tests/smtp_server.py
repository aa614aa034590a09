"""An SMTP server on this machine for tests: takes letters in plain SMTP, or refuses as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Postbox:
    """What arrived, and what the next session answers to RCPT."""

    def __init__(self) -> None:
        self.port = 0
        self.letters: list[EmailMessage] = []
        self.answer = "250 ok"


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A running server."""
    box = Postbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                verb = line.strip().upper()
                if verb == b"QUIT":
                    self.say("221 bye")
                    return
                if verb == b"DATA":
                    self.take()
                else:
                    self.say(box.answer if verb.startswith(b"RCPT") else "250 ok")

        def take(self) -> None:
            self.say("354 go on")
            lines: list[bytes] = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            found = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(found, EmailMessage)
            box.letters.append(found)
            self.say("250 taken")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(60)
