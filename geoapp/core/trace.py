"""The request a piece of work belongs to, known below the web without passing it along."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("geoapp_request_id", default="")
"""16 hexadecimal digits; empty outside a request."""
