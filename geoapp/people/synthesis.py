"""Synthetic residents of given houses: seeded, plausible as a whole, plainly invented one by one.

Columns in, columns out. Row numbers of the input houses and of the output frames stand for ids;
whoever stores them adds offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geoapp.people import household_mix as mix
from geoapp.people import invented
from geoapp.people.synthetic_stays import days, earlier_homes, former_tenants, present_stays

PHONE_AGE = 12
FRESH_SPAN_DAYS = 730


@dataclass(frozen=True, slots=True)
class Wish:
    """What to invent. `series` (0 to 99) keeps numbers of separate calls apart, `first` phones.

    `people_per_home` is the mean size of a lived-in home, None for the mixture as it is.
    """

    seed: int
    today: date
    series: int = 99
    first: int = 0
    unchecked: float = 0.04
    vacant: float = 0.08
    people_per_home: float | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """houses (aligned with the input): rental, residents, checked_at. Others one row each:

    residents: house (-1 without), near (a house of the same grid), name, sex, birth_date, id_kind,
    id_number (empty without papers), phone (may be empty), type, household (-1 without), relation,
    no_house_reason, state, state_reason, state_date, checked_at.
    households: number, head (row of residents), house. residences: resident, house, tenure,
    since, until, end_reason. Days are datetime64[D], NaT where there is none.
    """

    houses: pd.DataFrame
    residents: pd.DataFrame
    households: pd.DataFrame
    residences: pd.DataFrame


def synthesise(houses: pd.DataFrame, wish: Wish) -> Population:
    """People for `houses`: columns use (`dormitory` or other), grid (any value), in grid order.

    Deterministic by `wish`. A million residents take about 3 CPU seconds.
    """
    generator = np.random.default_rng(wish.seed)
    today = np.datetime64(wish.today, "D")
    homes = _homes(houses, wish, generator, today)
    members = mix.draw_members(homes["kind"].to_numpy(), generator)
    people = _people(members, homes, today, generator)
    people = pd.concat([people, _without_house(people, generator)], ignore_index=True)
    present = present_stays(people, homes, generator, today)
    past, gone = former_tenants(homes, len(people), generator, today)
    people = pd.concat([people, past], ignore_index=True)
    earlier = earlier_homes(people, present, houses, generator)
    households = _households(people, wish.series)
    return Population(
        houses=_houses(people, homes, len(houses), wish, generator),
        residents=_identified(people, wish, generator),
        households=households,
        residences=pd.concat([present, gone, earlier], ignore_index=True),
    )


def _homes(
    houses: pd.DataFrame, wish: Wish, generator: np.random.Generator, today: np.datetime64
) -> pd.DataFrame:
    """The lived-in houses: house, kind, let, since (of the home), checked_at."""
    lived_in = np.flatnonzero(generator.random(len(houses)) >= wish.unchecked + wish.vacant)
    dormitory = houses["use"].to_numpy()[lived_in] == "dormitory"
    kind, let = mix.draw_homes(dormitory, mix.home_shares(wish.people_per_home), generator)
    short = let | (kind == mix.DORMITORY_KIND)
    years = np.where(
        short, generator.exponential(1.4, len(kind)), generator.uniform(0.3, 24, len(kind))
    )
    return pd.DataFrame(
        {
            "house": lived_in,
            "kind": kind,
            "let": let,
            "since": today - (np.minimum(years, 30) * 365.25).astype(int) - 5,
            "checked_at": _recently(len(kind), generator, today),
        }
    )


def _recently(count: int, generator: np.random.Generator, today: np.datetime64) -> np.ndarray:
    """Days of the past two years, the recent ones more often, so that freshness shows (A2.8)."""
    return np.asarray(today - (generator.random(count) ** 2 * FRESH_SPAN_DAYS).astype(int))


def _people(
    members: mix.Members, homes: pd.DataFrame, today: np.datetime64, generator: np.random.Generator
) -> pd.DataFrame:
    """Residents with a house, in order of house; `surname` numbers the stem of the name."""
    home = members.home
    stem = generator.integers(len(invented.STEMS), size=len(homes))
    own = generator.integers(len(invented.STEMS), size=len(home))
    room = (homes["kind"] == mix.DORMITORY_KIND).to_numpy()[home]
    same = np.isin(members.role, (mix.HEAD, mix.CHILD))
    house = homes["house"].to_numpy()[home]
    return pd.DataFrame(
        {
            "house": house,
            "near": house,
            "home": home,
            "male": members.male,
            "birth_date": _born(members.age, today, generator),
            "type": _types(members, homes, generator),
            "role": np.where(room, mix.OTHER, members.role),
            "surname": np.where(same, stem[home], own),
            "no_house_reason": None,
            "state": "active",
            "state_reason": None,
            "state_date": np.datetime64("NaT", "D"),
            "checked_at": homes["checked_at"].to_numpy()[home],
        }
    )


def _born(age: np.ndarray, today: np.datetime64, generator: np.random.Generator) -> np.ndarray:
    """A birth date for each age in full years."""
    lived = np.floor(age * 365.2425 + generator.random(len(age)) * 364).astype(int)
    return np.asarray(today - lived)


def _types(members: mix.Members, homes: pd.DataFrame, generator: np.random.Generator) -> np.ndarray:
    """The four resident types (A3): by home, except new-borns not yet registered (A3.7)."""
    let, dormitory = homes["let"].to_numpy(), (homes["kind"] == mix.DORMITORY_KIND).to_numpy()
    coin = generator.random(len(homes))
    overseas = np.select([dormitory, let], [0.02, 0.015], 0.006)
    floating = np.select([dormitory, let], [0.50, 0.835], 0.09)
    kind = np.select([coin < overseas, coin < floating], ["overseas", "floating"], "registered")
    kind = kind[members.home]
    chance = np.select([members.age == 0, members.age <= 2], [0.12, 0.03], 0.003)
    late = (generator.random(len(kind)) < chance) & (members.role == mix.CHILD)
    return np.where(late & (kind == "registered"), "unregistered", kind).astype(object)


def _without_house(people: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Four in a thousand have no fixed house, each with a reason (A6.7)."""
    rows = people.sample(frac=0.004, random_state=generator).copy()
    rows["near"], rows["house"], rows["home"] = rows["house"], -1, -1
    rows["role"] = mix.OTHER
    adult = np.datetime64("1985-01-01") + generator.integers(-7000, 7000, len(rows))
    rows["birth_date"] = adult.astype(rows["birth_date"].dtype)
    rows["type"] = np.where(generator.random(len(rows)) < 0.75, "floating", "registered")
    rows["no_house_reason"] = generator.choice(
        ["homeless", "on_the_move", "unknown_address", "institution", "other"],
        len(rows),
        p=[0.15, 0.3, 0.3, 0.15, 0.1],
    )
    return rows


def _households(people: pd.DataFrame, series: int) -> pd.DataFrame:
    """Households by police book (A3.10): the registered family of a home; sets household, relation."""
    family = (
        (people["home"] >= 0) & (people["type"] == "registered") & (people["role"] != mix.OTHER)
    )
    heads = np.flatnonzero(family & (people["role"] == mix.HEAD))
    number = np.full(int(people["home"].max() if len(people) else -1) + 2, -1)
    number[people["home"].to_numpy()[heads]] = np.arange(len(heads))
    household = np.where(family, number[people["home"]], -1)
    people["household"] = household
    relation = mix.RELATIONS[people["role"]]
    people["relation"] = np.where(household >= 0, relation, None)
    return pd.DataFrame(
        {
            "number": [f"{series:02d}{n:07d}" for n in range(1, len(heads) + 1)],
            "head": heads,
            "house": people["house"].to_numpy()[heads],
        }
    )


def _identified(people: pd.DataFrame, wish: Wish, generator: np.random.Generator) -> pd.DataFrame:
    """The residents with names, numbers and telephones instead of what those are made from."""
    count = len(people)
    foreign = (people["type"] == "overseas").to_numpy()
    born = days(people["birth_date"])
    male = people["male"].to_numpy(bool)
    given = generator.integers(len(invented.GIVEN), size=count)
    number = np.empty(count, dtype=object)
    number[~foreign] = invented.citizen_numbers(born[~foreign], male[~foreign], wish.series)
    number[foreign] = invented.passports(wish.first, int(foreign.sum()))
    papers = (people["type"] != "unregistered").to_numpy() | (generator.random(count) < 0.4)
    adult = born <= np.datetime64(wish.today, "D") - PHONE_AGE * 365
    reachable = adult & (generator.random(count) < 0.95)
    people = people.assign(
        name=invented.names(people["surname"].to_numpy(), given, foreign),
        sex=np.where(male, "M", "F"),
        id_kind=np.where(foreign, "passport", "citizen"),
        id_number=np.where(papers, number, ""),
        phone=np.where(reachable, invented.phones(wish.first, count), ""),
    )
    return people.drop(columns=["male", "role", "surname", "home"])


def _houses(
    people: pd.DataFrame,
    homes: pd.DataFrame,
    count: int,
    wish: Wish,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Every house: let or not, how many live there, when it was checked (NaT: no data)."""
    housed = people["house"].to_numpy()
    rental = np.zeros(count, dtype=bool)
    rental[homes["house"]] = homes["let"]
    checked = _recently(count, generator, np.datetime64(wish.today, "D"))
    unchecked = wish.unchecked / max(wish.unchecked + wish.vacant, 1e-9)
    checked[generator.random(count) < unchecked] = np.datetime64("NaT")
    checked[homes["house"]] = days(homes["checked_at"])
    residents = np.bincount(housed[housed >= 0], minlength=count).astype(np.int16)
    return pd.DataFrame({"rental": rental, "residents": residents, "checked_at": checked})
