"""How the demo commands say how far they are."""

from __future__ import annotations

from typing import Protocol


class Say(Protocol):
    """Called with a message id and its facts, once for each step."""

    def __call__(self, msgid: str, **facts: object) -> None:
        """Tell the sentence."""


def silent(msgid: str, **facts: object) -> None:
    """Say nothing."""
