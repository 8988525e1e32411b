"""What an assessment must hold, who may approve it, whether a module may go on: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_

LEAST_ANSWER, MOST_ANSWER = 10, 4_000
MOST_FILE = 10 * 1024 * 1024
SIGNATURES = {b"%PDF-": "pdf", b"PK\x03\x04": "docx", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
"""First bytes of the kinds of files that may be attached."""
VALID = timedelta(days=3 * 365)
"""An assessment is looked at again after three years at the latest."""


def check_answers(answers: Mapping[str, str], questions: Iterable[str]) -> dict[str, str]:
    """The answers without space around them. Raises InvalidInput naming the first question left open."""
    found = {name: answers.get(name, "").strip() for name in questions}
    for name, text in found.items():
        if not LEAST_ANSWER <= len(text) <= MOST_ANSWER:
            raise InvalidInput(
                N_("请写 %(least)s 至 %(most)s 个字符。"), field=name, least=LEAST_ANSWER, most=MOST_ANSWER
            )
    return found


def check_file(name: str, content: bytes) -> str:
    """A safe name for the attached file. Raises InvalidInput for a kind or size that is not taken.

    The kind is read from the first bytes, not from the name.
    """
    kind = next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), None)
    if kind is None or len(content) > MOST_FILE:
        raise InvalidInput(N_("附件应为不超过 10 MB 的 PDF、DOCX、PNG 或 JPEG 文件。"), field="file")
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    kept = "".join(c if c.isalnum() or c in "-_（）()" else "_" for c in stem)[:80].strip("_")
    return f"{kept or 'file'}.{kind}"


def check_approver(written_by: int, approver: int | None, approved: bool) -> None:
    """Raise Conflict for one's own assessment, or one approved before."""
    if approved:
        raise Conflict(N_("此评估已批准。"))
    if approver is None or approver == written_by:
        raise Conflict(N_("须由撰写人以外的另一人批准。"))


def may_switch_on(assessed: bool, approved_on: date | None, today: date) -> bool:
    """Whether a module may go on: it needs no assessment, or the newest approved one still stands."""
    return not assessed or (approved_on is not None and today - approved_on < VALID)
