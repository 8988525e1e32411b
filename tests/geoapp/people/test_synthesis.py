"""The invented population as a whole: shares, ages, links and dates."""

import time
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.people.codes import NO_HOUSE_REASONS, RELATIONS, SEXES, STATES, TYPES
from geoapp.people.household_mix import home_shares
from geoapp.people.rules import Stay, overlaps
from geoapp.people.synthesis import Population, Wish, synthesise

TODAY = date(2026, 6, 1)
COUNT = 12_000


def houses(count: int = COUNT) -> pd.DataFrame:
    number = np.arange(count)
    return pd.DataFrame(
        {"use": np.where(number % 40 == 0, "dormitory", "dwelling"), "grid": number // 400}
    )


def days(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")


@pytest.fixture(scope="module")
def population() -> Population:
    return synthesise(houses(), Wish(seed=1, today=TODAY))


@pytest.fixture(scope="module")
def active(population) -> pd.DataFrame:
    return population.residents[population.residents["state"] == "active"]


def test_the_same_seed_invents_the_same_people(population):
    again = synthesise(houses(), Wish(seed=1, today=TODAY))
    other = synthesise(houses(), Wish(seed=2, today=TODAY))
    pd.testing.assert_frame_equal(population.residents, again.residents)
    pd.testing.assert_frame_equal(population.residences, again.residences)
    assert not population.residents["name"].head(50).equals(other.residents["name"].head(50))


def test_the_age_pyramid_is_that_of_a_city(active):
    age = (np.datetime64(TODAY) - days(active["birth_date"])).astype(int) / 365.25
    assert age.min() >= 0
    assert 0.09 < (age < 15).mean() < 0.17
    assert 0.15 < (age >= 60).mean() < 0.25
    assert 0.60 < ((age >= 15) & (age < 60)).mean() < 0.75
    assert 0.003 < (age >= 85).mean() < 0.04
    assert 0.48 < (active["sex"] == "M").mean() < 0.54


def test_four_types_with_plausible_shares(active):
    """A3.3: exactly one of four types."""
    share = active["type"].value_counts(normalize=True)
    assert set(share.index) == set(TYPES)
    assert 0.60 < share["registered"] < 0.75
    assert 0.22 < share["floating"] < 0.38
    assert 0.001 < share["unregistered"] < 0.01
    assert 0.004 < share["overseas"] < 0.02


def test_every_value_is_one_of_the_code_lists(population):
    people, stays = population.residents, population.residences
    assert set(people["sex"]) == set(SEXES)
    assert set(people["state"]) <= set(STATES)
    assert set(people["relation"].dropna()) <= set(RELATIONS)
    assert set(people["no_house_reason"].dropna()) <= set(NO_HOUSE_REASONS)
    assert set(stays["tenure"]) == set(TENURES)
    assert set(stays["end_reason"].dropna()) <= set(END_REASONS)


def test_a_house_or_a_reason(population, active):
    """A6.6, A6.7: who is on the register has a house, or a reason for having none."""
    without = active["house"] < 0
    assert (without == active["no_house_reason"].notna()).all()
    assert 0.002 < without.mean() < 0.006
    assert active["near"].between(0, COUNT - 1).all()


def test_tenants_live_in_let_houses(population, active):
    """A6.8, A6.9: rentals go with floating people."""
    let = population.houses["rental"].to_numpy()
    housed = active[active["house"] >= 0]
    in_let = pd.Series(let[housed["house"]])
    floating = pd.Series((housed["type"] == "floating").to_numpy())
    assert 0.15 < let.mean() < 0.3
    assert floating[in_let].mean() > 0.7
    assert floating[~in_let].mean() < 0.2
    assert population.houses.loc[population.houses["rental"], "residents"].gt(0).all()


def test_some_houses_are_empty_and_some_unknown(population):
    """Status 0 no data and 1 checked and empty both occur."""
    empty = population.houses["residents"] == 0
    unknown = population.houses["checked_at"].isna()
    assert 0.08 < empty.mean() < 0.16
    assert 0.02 < unknown.mean() < 0.06
    assert empty[unknown].all()


def test_counts_of_houses_are_those_of_their_people(population, active):
    counted = active.loc[active["house"] >= 0, "house"].value_counts()
    kept = population.houses["residents"]
    assert counted.reindex(kept.index, fill_value=0).eq(kept).all()


def test_numbers_are_unique(population):
    people = population.residents
    for column in ("id_number", "phone"):
        filled = people.loc[people[column] != "", column]
        assert filled.is_unique
    assert population.households["number"].is_unique
    assert (population.households["number"].str.len() <= 9).all()
    assert (people.loc[people["type"] == "overseas", "id_kind"] == "passport").all()
    assert (people.loc[people["id_number"] == "", "type"] == "unregistered").all()


def test_numbers_of_two_series_never_meet():
    first = synthesise(houses(800), Wish(seed=1, today=TODAY, series=3))
    second = synthesise(
        houses(800), Wish(seed=1, today=TODAY, series=4, first=len(first.residents))
    )
    for column in ("id_number", "phone"):
        shared = set(first.residents[column]) & set(second.residents[column])
        assert shared == {""}


def test_households_hold_registered_people_of_one_house(population):
    """A3.10: one police book covers registered people only, and its head is one of them."""
    people, books = population.residents, population.households
    members = people[people["household"] >= 0]
    assert set(members["type"]) == {"registered"}
    assert members["relation"].notna().all()
    assert (members["house"] == books["house"].to_numpy()[members["household"]]).all()
    heads = people.iloc[books["head"]]
    assert (heads["relation"] == "head").all()
    assert heads["household"].tolist() == books.index.tolist()
    assert members[members["relation"] == "head"]["household"].is_unique


def test_everybody_with_a_house_has_one_present_residence_there(population, active):
    now = population.residences[population.residences["until"].isna()]
    assert now["resident"].is_unique
    housed = active[active["house"] >= 0]
    assert sorted(now["resident"]) == housed.index.tolist()
    assert (
        now["house"].to_numpy() == population.residents["house"].to_numpy()[now["resident"]]
    ).all()


def test_residences_make_sense_in_time(population):
    """Not before birth, not in the future, ends after it began, no two at once."""
    stays = population.residences
    since, until = days(stays["since"]), days(stays["until"])
    born = days(population.residents["birth_date"])[stays["resident"]]
    assert (since >= born).all()
    assert (since <= np.datetime64(TODAY)).all()
    ended = ~np.isnat(until)
    assert (until[ended] >= since[ended]).all()
    assert (stays["end_reason"].notna() == ended).all()
    several = stays[stays["resident"].duplicated(keep=False)].sort_values(["resident", "since"])
    assert several["resident"].nunique() > 100
    for _, rows in several.head(400).groupby("resident"):
        spans = [
            Stay(0, 0, s.date(), None if pd.isna(u) else u.date())
            for s, u in zip(rows["since"], rows["until"], strict=True)
        ]
        assert not any(overlaps(b.since, a) for a, b in pairwise(spans))


def test_moves_stay_within_the_grid(population):
    stays = population.residences
    moved = stays[stays["end_reason"] == "moved_within"]
    grid = houses()["grid"].to_numpy()
    near = population.residents["near"].to_numpy()[moved["resident"]]
    assert len(moved) > 100
    assert (grid[moved["house"]] == grid[near]).all()


def test_some_left_the_register_and_keep_their_history(population):
    """A3.4: reason and date."""
    gone = population.residents[population.residents["state"] == "deregistered"]
    assert 0.005 < len(gone) / len(population.residents) < 0.05
    assert gone["state_reason"].notna().all()
    assert gone["state_date"].notna().all()
    assert (gone["house"] < 0).all()
    stays = population.residences[population.residences["resident"].isin(gone.index)]
    assert len(stays) == len(gone)
    assert stays["until"].notna().all()


def test_freshness_is_spread_over_two_years(active):
    """A2.8: fresh up to 90 days, stale from a year."""
    age = (np.datetime64(TODAY) - days(active["checked_at"])).astype(int)
    assert age.min() >= 0
    assert age.max() <= 730
    assert 0.2 < (age <= 90).mean() < 0.5
    assert 0.15 < (age > 365).mean() < 0.4


def test_the_mean_size_of_a_home_can_be_asked_for():
    population = synthesise(houses(4000), Wish(seed=1, today=TODAY, people_per_home=3.3))
    dwellings = population.houses[houses(4000)["use"] == "dwelling"]
    mean = dwellings.loc[dwellings["residents"] > 0, "residents"].mean()
    assert mean == pytest.approx(3.3, abs=0.12)


@pytest.mark.parametrize("size", [0.5, 1.0, 6.0])
def test_a_size_no_mixture_reaches_is_refused(size):
    with pytest.raises(ValueError, match="on average"):
        home_shares(size)


def test_no_houses_no_people():
    population = synthesise(houses(0), Wish(seed=1, today=TODAY))
    assert (
        len(population.residents) == len(population.residences) == len(population.households) == 0
    )


def test_three_hundred_thousand_people_take_seconds_not_minutes():
    """3 M residents in less than 60 s; measured 8 CPU seconds."""
    start = time.process_time()
    population = synthesise(houses(100_000), Wish(seed=1, today=TODAY, people_per_home=3.3))
    assert len(population.residents) > 280_000
    assert time.process_time() - start < 6.0
