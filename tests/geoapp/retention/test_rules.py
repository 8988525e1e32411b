"""The declaration of clocks, and the deployment's own figures."""

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.core.setting_values import SettingsError
from geoapp.retention.ended import ENDED
from geoapp.retention.rules import CLOCKS, check_chosen, cutoff, days_of

BY_NAME = {clock.name: clock for clock in CLOCKS}


def test_every_clock_has_rows_and_every_class_a_clock():
    assert list(BY_NAME) == list(ENDED)
    assert len(BY_NAME) == len(CLOCKS)


def test_d3_3_a_person_who_left_the_register_is_kept_two_years_by_default():
    assert days_of(BY_NAME["deregistered"], {}) == 730


def test_d1_3_a_deployment_may_choose_another_figure():
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    assert cutoff(BY_NAME["sessions"], {"sessions": 7}, moment) == moment - timedelta(days=7)


def test_records_of_processing_and_assessments_cannot_go_before_three_years():
    for name in ("assessments", "exports", "requests"):
        with pytest.raises(SettingsError, match="1095"):
            days_of(BY_NAME[name], {name: 1094})
        with pytest.raises(SettingsError, match="1095"):
            check_chosen({name: 1094})


def test_a_class_without_a_clock_is_refused():
    with pytest.raises(SettingsError, match="residents"):
        check_chosen({"residents": 1})
