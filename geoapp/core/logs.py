"""Structured logs: one JSON object a line, without personal data.

A line never holds a query string, a body, a parameter of a statement or the text of a database
error: each could name a person. An exception is logged as its type, its SQLSTATE and constraint,
and the places it passed; its text only where that cannot hold data, or at level DEBUG, which is
for a developer's machine.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType

from geoapp.core.errors import GeoappError

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
# what JSON leaves as it is, and a terminal or a reader of lines obeys: C1, U+2028, U+2029
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
# libraries whose messages quote what they were given
_TALKATIVE = ("sqlalchemy", "psycopg", "alembic", "urllib3", "fiona", "pyogrio")
# errors that name modules, attributes and files, never a value
_ABOUT_CODE = (ImportError, NameError, AttributeError, SyntaxError, OSError)


class JsonFormatter(logging.Formatter):
    """A record as JSON: time, level, logger, message, the `extra` fields, error."""

    def __init__(self, *, with_texts: bool = False) -> None:
        super().__init__()
        self.with_texts = with_texts

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the record holds."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = self._error(record.exc_info[1], record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=str).translate(_CONTROLS)

    def _message(self, record: logging.LogRecord) -> str:
        if self.with_texts or not record.name.startswith(_TALKATIVE):
            return record.getMessage()
        return str(record.msg)

    def _error(self, error: BaseException | None, trace: TracebackType | None) -> dict[str, object]:
        facts = error_facts(error)
        facts["at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(trace)[-12:]
        ]
        if self.with_texts or isinstance(error, _ABOUT_CODE):
            facts["text"] = str(error)
        return facts


def error_facts(error: BaseException | None) -> dict[str, object]:
    """Type, SQLSTATE and constraint of an exception: what can be said without naming anybody."""
    facts: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    original = getattr(error, "orig", None) or error
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate:
        facts["sqlstate"] = sqlstate
    if isinstance(error, GeoappError):
        facts["msgid"] = error.msgid
    constraint = getattr(getattr(original, "diag", None), "constraint_name", None)
    if constraint:
        facts["constraint"] = constraint
    return facts


def configure_logging(level: str) -> None:
    """Send all logs of this process to standard error as JSON; may be called again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(with_texts=level == "DEBUG"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
