"""The signed head to another machine: a line to syslog at each run, a letter a day (C5)."""

from __future__ import annotations

import smtplib
import socket
from datetime import timedelta
from email.message import EmailMessage

from geoapp.audit import anchors
from geoapp.audit.anchors import Anchor
from geoapp.core.anchor_files import anchor_file
from geoapp.core.clock import now
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import Settings

MAIL_EVERY = timedelta(days=1)
SECONDS = 10
"""Longest wait for a mail server."""


def send_head(settings: Settings) -> None:
    """Send what is set up and due. Raises OSError where a server cannot be reached."""
    head = anchors.last(settings)
    if head is None:
        return
    if settings.audit.syslog and is_due(settings, "syslog", head, timedelta(0)):
        _to_syslog(settings, head)
        _sent(settings, "syslog", head)
    if settings.audit.mail_to and is_due(settings, "mail", head, MAIL_EVERY):
        _by_mail(settings, head)
        _sent(settings, "mail", head)


def is_due(settings: Settings, way: str, head: Anchor, apart: timedelta) -> bool:
    """Whether this head has not gone out this way, and the one before long enough ago."""
    path = anchor_file(settings, way)
    if not path.exists():
        return True
    before = anchors.parse(path.read_text("utf-8"))
    return head.number != before.number and now() - before.at >= apart


def _sent(settings: Settings, way: str, head: Anchor) -> None:
    anchor_file(settings, way).write_text(head.line + "\n", encoding="utf-8")


def _to_syslog(settings: Settings, head: Anchor) -> None:
    """One datagram (RFC 3164), facility 13 (log audit), severity 6."""
    assert settings.audit.syslog is not None
    host, port = settings.audit.syslog
    kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(kind, socket.SOCK_DGRAM) as sender:
        sender.sendto(f"<{13 * 8 + 6}>geoapp-audit: {head.line}".encode(), address)


def _by_mail(settings: Settings, head: Anchor) -> None:
    letter = EmailMessage()
    letter["Subject"] = translate(N_("审计锚点 %(number)s"), settings.locale, number=head.number)
    letter["From"] = settings.audit.mail_from or settings.audit.mail_to
    letter["To"] = settings.audit.mail_to
    said = N_("请妥善保存此邮件：它能证明审计日志的末尾没有被截断。")
    letter.set_content(f"{translate(said, settings.locale)}\n\n{head.line}\n")
    host, port = settings.audit.smtp
    with smtplib.SMTP(host, port, timeout=SECONDS) as server:
        server.send_message(letter)
