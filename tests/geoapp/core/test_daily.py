"""Work of once a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoapp.core.daily import Daily


def test_it_is_done_once_a_day_whichever_process_comes_first(settings, tmp_path):
    own, calls = replace(settings, data_dir=tmp_path), []

    def work(given):
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError
        return 3

    first, second = Daily("test", work), Daily("test", work)
    with pytest.raises(RuntimeError):
        first(own)
    for process in (first, second, first):
        process(own)
    assert len(calls) == 2
