"""A4, A5, A16, A18: ages and terms at their edges, the day before, the day, the day after, leap days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.settings import Settings, SettingsError
from geoapp.core.settings_programmes import FIGURES, ProgrammeSettings
from geoapp.programmes import rules
from geoapp.programmes.codes import DISABILITIES, ENROL_REASONS, PENALTIES, VETERANS
from geoapp.programmes.declared import OPEN, PROGRAMMES

TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)


def ends(code, begins, facts=None, born=None, today=TODAY, **chosen):
    return rules.ends_on(PROGRAMMES[code], {**FIGURES, **chosen}, begins, facts or {}, born, today)


def allowed(code, born, sex="F", today=TODAY, **chosen):
    try:
        rules.check_entry(PROGRAMMES[code], {**FIGURES, **chosen}, sex, born, today)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize(("years", "kind"), [(5, "prison"), (3, "labour")])
def test_a4_1_release_counts_five_and_three_years_to_the_day(years, kind):
    released = date(2026 - years, 6, 15)
    with pytest.raises(InvalidInput, match="2026-06-15"):
        ends("resettlement", released, {"released_from": kind})
    assert ends("resettlement", released + DAY, {"released_from": kind}) == date(2026, 6, 16)
    assert [rules.is_over(date(2026, 6, 15), TODAY + n * DAY) for n in (-1, 0, 1)] == [False, True, True]


def test_a4_1_a_leap_day_is_full_on_the_first_of_march():
    assert rules.years_after(date(2024, 2, 29), 5) == date(2029, 3, 1)
    assert rules.years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert rules.years_after(date(2023, 2, 28), 5) == date(2028, 2, 28)


def test_a4_2_correction_has_five_penalties_and_ends_on_the_last_day_of_its_term():
    assert len(PENALTIES) == 5
    assert ends("community_correction", date(2025, 1, 1), {"term_ends": "2026-06-16"}) == date(2026, 6, 16)
    for wrong in ("2026-06-15", "2024-12-31"):
        with pytest.raises(InvalidInput):
            ends("community_correction", date(2025, 1, 1), {"term_ends": wrong})


@pytest.mark.parametrize(("born", "may"), [
    (date(2020, 6, 16), False), (date(2020, 6, 15), True), (date(2020, 6, 14), True),
    (date(2000, 6, 16), True), (date(2000, 6, 15), False), (date(2000, 6, 14), False),
])  # fmt: skip
def test_a4_5_youth_are_six_to_twenty_five_both_included(born, may):
    assert allowed("youth", born) is may


def test_a4_5_a18_5_at_full_twenty_five_the_job_closes_but_asks_for_who_was_entered_at_that_age():
    youth, born = PROGRAMMES["youth"], date(2001, 6, 16)
    assert ends("youth", TODAY, born=born) == date(2026, 12, 31), "an end that gave the day away would be a birth date"
    left = [rules.has_left(youth, FIGURES, born, TODAY, date(2026, 6, 16) + n * DAY) for n in (-1, 0, 1)]
    assert left == [False, True, True]
    assert not rules.to_ask(youth, FIGURES, born, TODAY) and rules.to_ask(youth, FIGURES, born, TODAY + DAY)
    asked = date(2001, 6, 15)
    assert ends("youth", TODAY, born=asked) == date(2027, 12, 31)
    assert [rules.has_left(youth, FIGURES, asked, TODAY, date(2027, 6, 15) + n * DAY) for n in (-1, 0, 1)] == [False, True, True]
    assert ends("youth", TODAY, born=date(1995, 6, 16), youth_to=35, youth_leave=35) == date(2030, 12, 31)
    with pytest.raises(InvalidInput, match="2026"):
        ends("youth", date(2026, 1, 1), born=asked)


@pytest.mark.parametrize(("born", "sex", "may"), [
    (date(2011, 6, 16), "F", False), (date(2011, 6, 15), "F", True), (date(2011, 6, 14), "F", True),
    (date(1976, 6, 16), "F", True), (date(1976, 6, 15), "F", False), (date(1990, 1, 1), "M", False),
])  # fmt: skip
def test_a5_1_women_of_fifteen_to_forty_nine(born, sex, may):
    assert allowed("maternal_health", born, sex) is may


@pytest.mark.parametrize(("born", "may"), [(date(1966, 6, 16), False), (date(1966, 6, 15), True), (date(1966, 6, 14), True)])
def test_a5_3_elderly_from_sixty(born, may):
    assert allowed("elderly", born) is may
    assert allowed("elderly", date(1961, 6, 15), elderly_from=65) and not allowed("elderly", date(1961, 6, 16), elderly_from=65)


def test_a5_3_of_a_leap_day_sixty_comes_on_the_first_of_march():
    born = date(1964, 2, 29)
    assert rules.has_age(born, 60, date(2024, 2, 29)) and not rules.has_age(born, 60, date(2024, 2, 28))
    assert rules.has_age(born, 61, date(2025, 3, 1)) and not rules.has_age(born, 61, date(2025, 2, 28))


def test_a5_4_a5_5_eight_kinds_of_disability_eight_of_veterans():
    assert (len(DISABILITIES), len(VETERANS)) == (8, 8)


def test_a5_6_a_sibling_of_a_soldier_is_under_eighteen():
    given = {"kind": "serving_family", "relation": "sibling"}
    veteran = PROGRAMMES["veteran_family"]
    assert rules.check_facts(veteran, given, FIGURES, date(2008, 6, 16), TODAY) == given
    for born in (date(2008, 6, 15), None):
        with pytest.raises(InvalidInput, match="18"):
            rules.check_facts(veteran, given, FIGURES, born, TODAY)


def test_a5_7_hardship_is_of_income_of_labour_or_of_employment_and_low_income_is_a_kind():
    reasons, kinds = (set(f.codes or ()) for f in PROGRAMMES["hardship"].facts)
    assert {"no_labour", "little_labour", "underemployed", "jobless", "medical", "schooling", "sudden", "other"} == reasons
    assert {"low_income", "near_low_income", "destitute"} <= kinds


def test_a5_8_unemployed_are_of_working_age():
    assert [allowed("unemployed", date(TODAY.year - age, 6, 15)) for age in (15, 16, 59, 60)] == [False, True, True, False]


@pytest.mark.parametrize(("code", "given", "taken", "refused"), [
    ("youth", {"category": "idle", "need": "work"}, {"occupation": ("none", "pupil")}, {"occupation": ("employed", "")}),
    ("unemployed", {"reason": "closed_down"}, {"situation": ("seeking",)}, {"situation": ("employed", "not_seeking", "unable", "")}),
])  # fmt: skip
def test_a4_5_a5_8_who_has_an_occupation_or_seeks_none_is_not_taken(code, given, taken, refused):
    """Said for each entry and each correction; one from before the question is asked when it is next corrected."""
    def kept(name, value, stored=None):
        return rules.check_facts(PROGRAMMES[code], given | {name: value}, FIGURES, date(2008, 1, 1), TODAY, stored)

    for name, values in taken.items():
        assert [kept(name, value)[name] for value in values] == list(values)
    for name, values in refused.items():
        for value in values:
            for stored in (None, given | {name: value}):
                with pytest.raises(InvalidInput) as error:
                    kept(name, value, stored)
                assert error.value.field == name


def test_a18_6_labour_reeducation_is_offered_where_the_figure_says_so_and_stays_where_it_stands():
    fact = PROGRAMMES["resettlement"].facts[0]
    assert "labour" not in rules.offered(fact, FIGURES) and "labour" in rules.offered(fact, {**FIGURES, "labour_offered": 1})
    given = {"released_from": "labour", "need": "work"}
    with pytest.raises(InvalidInput):
        rules.check_facts(PROGRAMMES["resettlement"], given, FIGURES, None, TODAY)
    assert rules.check_facts(PROGRAMMES["resettlement"], given, FIGURES, None, TODAY, given) == given


def test_a4_0_leaving_and_coming_back_ask_for_reason_and_a_day_between():
    begins = TODAY - 10 * DAY
    for reason, day in (("", TODAY), ("settled", TODAY + DAY), ("settled", begins - DAY)):
        with pytest.raises(InvalidInput):
            rules.check_release(reason, day, begins, False, TODAY)
    rules.check_release("settled", begins, begins, False, TODAY)
    with pytest.raises(Conflict):
        rules.check_release("settled", TODAY, begins, True, TODAY)
    with pytest.raises(Conflict):
        rules.check_return("again", TODAY, None, TODAY, ENROL_REASONS)
    with pytest.raises(InvalidInput):
        rules.check_return("again", TODAY - DAY, TODAY, TODAY, ENROL_REASONS)


def test_a4_5_a5_8_who_comes_back_is_asked_about_work_again():
    for code, right, wrong in (("youth", {"occupation": "none"}, "employed"), ("unemployed", {"situation": "seeking"}, "unable")):
        programme, (name,) = PROGRAMMES[code], right
        assert rules.check_again(programme, right, FIGURES) == right
        for given in ({}, {name: wrong}, {name: "?"}):
            with pytest.raises(InvalidInput):
                rules.check_again(programme, given, FIGURES)
    assert rules.check_again(PROGRAMMES["disabled"], {}, FIGURES) == {}, "of the others nothing is asked anew"


def test_d3_3_every_programme_has_an_end_and_all_of_support_are_closed():
    """A4.3, A4.4, A4.7, A5.2, A5.7 are declarations; A4.6 is left out (D2.5)."""
    born = date(2010, 1, 1)
    facts = {"released_from": "prison", "term_ends": "2027-01-01"}
    for code, programme in PROGRAMMES.items():
        of = {"elderly": date(1950, 1, 1), "unemployed": date(1990, 1, 1)}.get(code, born)
        assert ends(code, TODAY, facts, of) > TODAY
        assert programme.purpose and programme.basis and programme.owner
        assert (programme.module == "support") == (programme.family == "support")
        assert programme.closed == (programme.family in ("support", "maternal"))
    assert set(OPEN) == {"elderly", "disabled", "veteran_family", "hardship", "unemployed"}
    assert not any("petition" in code for code in PROGRAMMES)


def test_d1_3_each_figure_and_the_mode_are_settings():
    chosen = Settings.from_env({"GEOAPP_PROGRAMME_FIGURES": "elderly_from=65, youth_leave=35", "GEOAPP_AGE_IN": "none",
                                "GEOAPP_ASSOCIATION_MODE": "create"}).programmes  # fmt: skip
    assert (chosen.figures["elderly_from"], chosen.figures["youth_leave"], chosen.figures["youth_to"]) == (65, 35, 25)
    assert (chosen.age_in, chosen.age_out, chosen.mode) == ((), ("youth",), "create")
    assert ProgrammeSettings().mode == "existing"
    for name, text in (("PROGRAMME_FIGURES", "elderly=65"), ("PROGRAMME_FIGURES", "elderly_from=200"),
                       ("ASSOCIATION_MODE", "both"), ("AGE_OUT", "elderly")):  # fmt: skip
        with pytest.raises(SettingsError, match=f"GEOAPP_{name}"):
            Settings.from_env({f"GEOAPP_{name}": text})
