"""Sends a plain e-mail by the SMTP server of the connection `yishu_smtp`: a subject and some lines of text."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from schemas.connection import Connection
from schemas.errors import NotReady, RecipientUnreachable

PATIENCE_S = 15.0
"""Seconds that the server may take for anything."""
NAME = "yishu_smtp"
"""Id of the connection."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail."""

    to: str
    id: str
    """The same however often it is sent: readers show it once."""
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends by one server; extra `from_email` is the sender.

    TLS from the first byte, unless its extra says `disable_ssl` (then STARTTLS), and `disable_tls` besides (then none):
    as Airflow's own SMTP connections have it.
    """

    server: Connection

    def __post_init__(self) -> None:
        """NotReady where the connection does not say what is needed."""
        if not self.server.host or not self.server.extra.get("from_email"):
            raise NotReady(f"connection {self.server.id}: expected a host, and from_email in its extra")

    def send(self, letter: Letter) -> None:
        """RecipientUnreachable where the server is away or does not take it."""
        try:
            with self._session() as session:
                session.send_message(self._message(letter))
        except (smtplib.SMTPException, OSError) as failed:
            raise RecipientUnreachable(f"mail to {letter.to}: {type(failed).__name__}: {failed}") from failed

    def _message(self, letter: Letter) -> EmailMessage:
        sender = str(self.server.extra["from_email"])
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = sender, letter.to
        message["Subject"] = " ".join(letter.subject.split())
        message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        server = self.server
        wrapped, started = not server.flag("disable_ssl"), not server.flag("disable_tls")
        port = server.port or (465 if wrapped else 587)
        context = ssl.create_default_context()
        if wrapped:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(server.host, port, timeout=PATIENCE_S, context=context)
        else:
            opened = smtplib.SMTP(server.host, port, timeout=PATIENCE_S)
        with opened as session:
            if not wrapped and started:
                session.starttls(context=context)
            if server.login:
                session.login(server.login, server.password)
            yield session
