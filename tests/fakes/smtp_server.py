"""A mail server that speaks SMTP on loopback and keeps what it was sent."""

from __future__ import annotations

import email
import email.policy
import socket
from email.message import EmailMessage
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """`mails`: what arrived, oldest first. `refusal`: what it says to each recipient instead of 'yes', if anything."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal = ""
        self.asked = 0
        with socket.socket() as probe:  # aiosmtpd takes no port 0
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def url(self, more: str = "") -> str:
        """As NOTIFY has it."""
        return f"mailto://127.0.0.1:{self.port}?to=owner@example.org&from=pycam@example.org{more}"

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


def pictures_in(mail: EmailMessage) -> list[bytes]:
    """The JPEGs attached."""
    parts = [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]
    return [bytes(part.get_payload(decode=True)) for part in parts]


def text_of(mail: EmailMessage) -> str:
    """What a person reads of it."""
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return str(body.get_content())
