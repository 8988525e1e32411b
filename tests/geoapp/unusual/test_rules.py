"""Research/trust C5, "Rate": what is usual, and what three and ten times as much means."""

import pytest

from geoapp.core.errors import Forbidden, InvalidInput
from geoapp.core.settings import Settings, SettingsError
from geoapp.unusual.rules import Level, check_confirmation, level_of, usual_of


@pytest.mark.parametrize(
    ("median", "days", "usual"),
    [(None, 0, 30), (500.0, 4, 30), (40.5, 5, 41), (12.0, 100, 30), (30.0, 5, 30), (31.0, 5, 31)],
)
def test_c5_usual_is_the_median_of_a_history_and_never_less_than_the_floor(median, days, usual):
    assert usual_of(median, days, 30) == usual


@pytest.mark.parametrize(
    ("number", "level"),
    [(0, Level.USUAL), (119, Level.USUAL), (120, Level.NOTED), (399, Level.NOTED), (400, Level.STOPPED), (4000, Level.STOPPED)],
)
def test_c5_exactly_three_and_ten_times_count(number, level):
    assert level_of(number, 40, 3, 10) is level


def test_c5_a_confirmation_needs_another_person_a_reason_and_words():
    check_confirmation("campaign", "全区入户核对，已安排。", 10, own=False, stopped=True)
    with pytest.raises(Forbidden):
        check_confirmation("campaign", "全区入户核对，已安排。", 10, own=True, stopped=True)
    for reason, note, stopped in (("campaign", "短", True), ("because", "全区入户核对，已安排。", True), ("campaign", "全区入户核对，已安排。", False)):
        with pytest.raises(InvalidInput):
            check_confirmation(reason, note, 10, own=False, stopped=stopped)


def test_c5_the_figures_are_settings_and_a_stop_before_the_note_is_refused():
    assert Settings.from_env({}).unusual.usual == 10_000, "nothing is usual in a demo"
    real = Settings.from_env({"GEOAPP_DEMO": "off", "GEOAPP_READS_NOTE_TIMES": "4"}).unusual
    assert (real.usual, real.note_times, real.stop_times) == (30, 4, 10)
    with pytest.raises(SettingsError, match="GEOAPP_READS_STOP_TIMES"):
        Settings.from_env({"GEOAPP_READS_STOP_TIMES": "2"})
