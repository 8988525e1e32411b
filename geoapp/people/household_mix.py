"""Who lives together: kinds of home, their members, ages and sexes, as numpy columns.

Plausible for a Chinese city, not a census: shares are set so that the age pyramid, the size of
households and the share of tenants come out near published city figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

HEAD, SPOUSE, CHILD, PARENT, OTHER = range(5)
"""Roles in a home."""
RELATIONS = np.array(["head", "spouse", "child", "parent", "unrelated"], dtype=object)
GENERATION_YEARS = (23, 35)
OLDEST = 99


@dataclass(frozen=True, slots=True)
class Home:
    """A kind of home: its roles, the head's age, its share of all homes, how often it is let."""

    roles: tuple[int, ...]
    ages: tuple[int, int]
    share: float
    let: float


HOMES: Mapping[str, Home] = {
    "single": Home((HEAD,), (22, 45), 0.10, 0.60),
    "single_old": Home((HEAD,), (60, 94), 0.08, 0.03),
    "couple": Home((HEAD, SPOUSE), (24, 45), 0.12, 0.45),
    "couple_old": Home((HEAD, SPOUSE), (52, 88), 0.20, 0.04),
    "lone_parent": Home((HEAD, CHILD), (30, 58), 0.05, 0.20),
    "one_child": Home((HEAD, SPOUSE, CHILD), (27, 58), 0.22, 0.18),
    "two_children": Home((HEAD, SPOUSE, CHILD, CHILD), (28, 48), 0.08, 0.20),
    "three_generations": Home((HEAD, SPOUSE, CHILD, PARENT), (28, 52), 0.06, 0.06),
    "big_family": Home((HEAD, SPOUSE, CHILD, CHILD, PARENT, PARENT), (30, 50), 0.05, 0.05),
    "shared_flat": Home((HEAD, OTHER, OTHER), (20, 36), 0.05, 1.00),
    "crowded_flat": Home((HEAD, OTHER, OTHER, OTHER, OTHER), (19, 40), 0.02, 1.00),
}
DORMITORY = Home((HEAD, OTHER, OTHER), (18, 27), 0.0, 0.0)
_ALL = (*HOMES.values(), DORMITORY)
DORMITORY_KIND = len(HOMES)


@dataclass(frozen=True, slots=True)
class Members:
    """People as columns: home (row), role, age in years, male, and the home's kind."""

    home: np.ndarray
    role: np.ndarray
    age: np.ndarray
    male: np.ndarray


def home_shares(people_per_home: float | None = None) -> np.ndarray:
    """Share of each kind of HOMES; tilted towards larger or smaller ones to reach a mean size.

    Raises ValueError for a mean no mixture reaches.
    """
    share = np.array([home.share for home in HOMES.values()])
    size = np.array([len(home.roles) for home in HOMES.values()])
    if people_per_home is None:
        return np.asarray(share / share.sum())
    if not size.min() < people_per_home < size.max():
        raise ValueError(f"no homes have {people_per_home} people on average")
    low, high = -5.0, 5.0
    for _ in range(60):
        tilt = (low + high) / 2
        weight = share * np.exp(tilt * size)
        mean = float((weight * size).sum() / weight.sum())
        low, high = (tilt, high) if mean < people_per_home else (low, tilt)
    return np.asarray(weight / weight.sum())


def draw_homes(
    dormitory: np.ndarray, shares: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Kind of each home (index into HOMES, or DORMITORY_KIND) and whether it is let."""
    kind = generator.choice(len(shares), size=len(dormitory), p=shares)
    kind = np.where(dormitory, DORMITORY_KIND, kind)
    let = np.array([home.let for home in _ALL])
    return kind, generator.random(len(kind)) < let[kind]


def draw_members(kind: np.ndarray, generator: np.random.Generator) -> Members:
    """The people of each home, heads first."""
    sizes = np.array([len(home.roles) for home in _ALL])
    roles = np.full((len(_ALL), sizes.max()), -1)
    for i, kind_of_home in enumerate(_ALL):
        roles[i, : sizes[i]] = kind_of_home.roles
    home = np.repeat(np.arange(len(kind)), sizes[kind])
    place = np.arange(len(home)) - np.repeat(np.cumsum(sizes[kind]) - sizes[kind], sizes[kind])
    role = roles[kind[home], place]
    lowest, highest = np.array([h.ages for h in _ALL]).T
    head_age = generator.integers(lowest[kind], highest[kind] + 1)
    head_male = generator.random(len(kind)) < np.where(kind == DORMITORY_KIND, 0.5, 0.6)
    age = _ages(role, head_age[home], lowest[kind][home], highest[kind][home], generator)
    male = _sexes(role, head_male[home], kind[home], generator)
    return Members(home, role, age, male)


def _ages(
    role: np.ndarray,
    head: np.ndarray,
    lowest: np.ndarray,
    highest: np.ndarray,
    generator: np.random.Generator,
) -> np.ndarray:
    step = generator.integers(*GENERATION_YEARS, size=len(role))
    return np.select(
        [role == HEAD, role == SPOUSE, role == CHILD, role == PARENT],
        [
            head,
            np.maximum(head + generator.integers(-5, 4, size=len(role)), 20),
            np.maximum(head - step, 0),
            np.minimum(head + step, OLDEST),
        ],
        generator.integers(lowest, highest + 1),
    )


def _sexes(
    role: np.ndarray, head: np.ndarray, kind: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Couples are of two sexes, dormitory rooms of one."""
    coin = generator.random(len(role)) < np.where(role == PARENT, 0.42, 0.52)
    return np.where(
        role == SPOUSE, ~head, np.where((role == HEAD) | (kind == DORMITORY_KIND), head, coin)
    )
