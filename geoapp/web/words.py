"""Editable code lists follow what is stored, in every process: looked at every few seconds, before a request."""

from __future__ import annotations

from geoapp.dictionaries.reads import refresh_if_old
from geoapp.web import rows
from spatial_queries import columns


def follow() -> None:
    """Take changes over, and forget what was made with the older words."""
    if refresh_if_old():
        columns.forget_words()
        rows.forget_words()
