"""The report of a load."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading import LoadOptions
from geoapp.loading.report import WARNED, LoadReport, RowFault, write_report


def report_with(*faults: RowFault) -> LoadReport:
    report = LoadReport(Path("a.geojson"), "buildings", read=5, added=3, updated=1)
    report.faults = list(faults)
    return report


def test_counts_add_up():
    report = report_with()
    assert (report.refused, report.all_refused) == (1, False)
    report.added = report.updated = 0
    assert report.all_refused
    assert not LoadReport(Path("a"), "x").all_refused


def test_reasons_are_counted_by_sentence_and_field():
    faults = [RowFault(i, "", "id", "没有编号。", {}) for i in (1, 2)]
    faults += [RowFault(3, "x", "name", "没有名称。", {}), RowFault(4, "", "id", "没有编号。", {}, WARNED)]
    report = report_with(*faults)
    assert [(fault.row, count) for fault, count in report.reasons()] == [(1, 2), (3, 1)]
    assert [(fault.row, count) for fault, count in report.reasons(WARNED)] == [(4, 1)]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_csv_lists_every_row_and_holds_no_formula(tmp_path, locale):
    path = tmp_path / "r.csv"
    dangerous = RowFault(7, '=HYPERLINK("http://x")', "@name", "没有名称。", {})
    assert write_report(path, [report_with(RowFault(2, "w1", "id", "没有编号。", {}), dangerous)], locale) == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, first, second = csv.reader(file)
    assert len(head) == 6
    assert first[:3] == ["a.geojson", "2", "w1"]
    assert second[2] == "'=HYPERLINK(\"http://x\")"
    assert second[4] == "'@name"
    if locale == "zh":
        assert (head[1], first[3:]) == ("行号", ["拒绝", "id", "没有编号。"])


def test_a_report_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(InvalidInput):
        write_report(tmp_path / "none" / "r.csv", [], "zh")


@pytest.mark.parametrize("wrong", [{"origin": "guess"}, {"unplaced": "drop"}, {"unplaced": "keep"}, {"layer": "sky"}, {"level": "x"}])
def test_choices_that_do_not_exist_are_refused(wrong):
    with pytest.raises(InvalidInput) as caught:
        LoadOptions(**wrong)
    assert caught.value.message("zh")
