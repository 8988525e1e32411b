"""Why the whole file is refused, as the reader says it: a code and plain facts."""

from __future__ import annotations


class Refusal(Exception):
    """`code` is a key of `geoapp.loading.faults.FILE_FAULTS`; `facts` are texts and numbers."""

    def __init__(self, code: str, **facts: str | float | None) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)
