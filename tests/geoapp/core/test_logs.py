"""Logs are JSON and name nobody."""

import io
import json
import logging

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.logs import JsonFormatter
from geoapp.core.settings import Settings


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> logging.Logger:
    return logger(stream, JsonFormatter())


def logger(stream: io.StringIO, formatter: logging.Formatter) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    made = logging.Logger("geoapp.test")
    made.addHandler(handler)
    return made


def test_a_line_is_one_json_object_with_its_fields(log: logging.Logger, stream: io.StringIO):
    log.info("loaded %s", "buildings", extra={"rows": 1130, "layer": "建筑"})
    line = json.loads(stream.getvalue())
    assert line["message"] == "loaded buildings"
    assert (line["level"], line["rows"], line["layer"]) == ("INFO", 1130, "建筑")
    assert line["time"].endswith("+00:00")


def test_a_line_break_in_a_message_makes_no_second_line(log: logging.Logger, stream: io.StringIO):
    log.warning('first\n{"level": "forged"}')
    assert len(stream.getvalue().splitlines()) == 1


def test_in9_no_sign_that_ends_a_line_or_steers_a_terminal_comes_through(log: logging.Logger, stream: io.StringIO):
    said = "a\x1b[2Jb\x85c\u2028d\x9b31me\x7f"
    log.warning("asked", extra={"path": said})
    assert len(stream.getvalue().splitlines()) == 1
    assert json.loads(stream.getvalue())["path"] == said
    assert stream.getvalue().strip().isprintable()


def test_a_database_error_leaves_out_statement_and_row(
    log: logging.Logger, stream: io.StringIO, settings: Settings
):
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE t (name text CONSTRAINT one PRIMARY KEY)"))
        try:
            for _ in range(2):
                connection.execute(text("INSERT INTO t VALUES (:name)"), {"name": "王芳"})
        except IntegrityError:
            log.exception("save failed")
    engine.dispose()
    assert "王芳" not in stream.getvalue()
    assert "INSERT" not in stream.getvalue()
    error = json.loads(stream.getvalue())["error"]
    assert (error["sqlstate"], error["constraint"]) == ("23505", "one")
    assert any("test_logs.py" in place for place in error["at"])


def test_an_error_of_ours_is_logged_by_its_sentence_without_its_facts(
    log: logging.Logger, stream: io.StringIO
):
    try:
        raise Conflict(N_("房屋编号 %(number)s 已被使用。"), number="3-502")
    except Conflict:
        log.exception("refused")
    assert json.loads(stream.getvalue())["error"]["msgid"] == "房屋编号 %(number)s 已被使用。"
    assert "3-502" not in stream.getvalue()


def test_only_a_developer_s_log_has_the_text_of_an_error(stream: io.StringIO):
    for with_texts in (False, True):
        log = logger(stream, JsonFormatter(with_texts=with_texts))
        try:
            int("王芳")
        except ValueError:
            log.exception("failed")
    plain, verbose = stream.getvalue().splitlines()[:2]
    assert "王芳" not in plain
    assert "王芳" in verbose
