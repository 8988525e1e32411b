"""Residences of synthetic residents: present ones, former tenants, moves within a grid."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoapp.core.i18n import N_
from geoapp.people import household_mix as mix
from geoapp.people import invented

MOVED_AWAY = N_("迁出")
FORMER_SHARE, MOVED_SHARE, GUEST_SHARE = 0.06, 0.15, 0.25
NEIGHBOURS = 40
"""How many houses away, in the order of houses, an earlier home may be."""
NEVER = np.datetime64("NaT", "D")
FAR_FUTURE = np.datetime64("2200-01-01")


def days(values: pd.Series) -> np.ndarray:
    """A column of dates as datetime64[D]; data frames keep seconds."""
    return np.asarray(values.to_numpy().astype("datetime64[D]"))


def present_stays(
    people: pd.DataFrame, homes: pd.DataFrame, generator: np.random.Generator, today: np.datetime64
) -> pd.DataFrame:
    """The present residence of everybody with a house; nobody moved in before being born."""
    rows = np.flatnonzero(people["house"] >= 0)
    home = people["home"].to_numpy()[rows]
    kind, let = homes["kind"].to_numpy()[home], homes["let"].to_numpy()[home]
    guest = (people["role"].to_numpy()[rows] == mix.PARENT) & (
        generator.random(len(rows)) < GUEST_SHARE
    )
    since = np.maximum(days(homes["since"])[home], days(people["birth_date"])[rows])
    return pd.DataFrame(
        {
            "resident": rows,
            "house": people["house"].to_numpy()[rows],
            "tenure": np.select(
                [(kind == mix.DORMITORY_KIND) | guest, let], ["lodge", "rent"], "own"
            ),
            "since": np.minimum(since, today),
            "until": NEVER,
            "end_reason": None,
        }
    )


def former_tenants(
    homes: pd.DataFrame, first: int, generator: np.random.Generator, today: np.datetime64
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Some who lived there before and left the register (A3.4), with their ended residences.

    `first` is the row the first of them gets among the residents.
    """
    chosen = np.flatnonzero(generator.random(len(homes)) < FORMER_SHARE)
    house = homes["house"].to_numpy()[chosen]
    until = days(homes["since"])[chosen] - generator.integers(1, 200, len(chosen))
    since = until - generator.integers(100, 1500, len(chosen))
    lease = generator.random(len(chosen)) < 0.6
    people = pd.DataFrame(
        {
            "house": -1,
            "near": house,
            "home": -1,
            "male": generator.random(len(chosen)) < 0.55,
            "birth_date": since - generator.integers(20 * 365, 60 * 365, len(chosen)),
            "type": np.where(generator.random(len(chosen)) < 0.8, "floating", "registered"),
            "role": mix.OTHER,
            "surname": generator.integers(len(invented.STEMS), size=len(chosen)),
            "no_house_reason": None,
            "state": "deregistered",
            "state_reason": MOVED_AWAY,
            "state_date": until,
            "checked_at": np.minimum(until + 1, today),
        }
    )
    stays = pd.DataFrame(
        {
            "resident": first + np.arange(len(chosen)),
            "house": house,
            "tenure": "rent",
            "since": since,
            "until": until,
            "end_reason": np.where(lease, "lease_ended", "moved_out"),
        }
    )
    return people, stays


def earlier_homes(
    people: pd.DataFrame, stays: pd.DataFrame, houses: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """Earlier residences of people who moved within their grid, before its present people came."""
    now = stays[stays["until"].isna()]
    came = np.full(len(houses), FAR_FUTURE)
    np.minimum.at(came, now["house"].to_numpy(), days(now["since"]))
    step = generator.integers(1, NEIGHBOURS, len(now)) * generator.choice([-1, 1], len(now))
    other = np.clip(now["house"].to_numpy() + step, 0, len(houses) - 1)
    until = days(now["since"]) - 1
    since = until - generator.integers(200, 2000, len(now))
    born = days(people["birth_date"])[now["resident"]]
    grid = houses["grid"].to_numpy()
    fits = (other != now["house"]) & (grid[other] == grid[now["house"]])
    fits &= (until < came[other]) & (born <= since) & (generator.random(len(now)) < MOVED_SHARE)
    return pd.DataFrame(
        {
            "resident": now["resident"].to_numpy(),
            "house": other,
            "tenure": "rent",
            "since": since,
            "until": until,
            "end_reason": "moved_within",
        }
    )[fits.to_numpy()]
