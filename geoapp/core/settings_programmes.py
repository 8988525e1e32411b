"""Settings of the programmes: ages, terms, the association mode (A2.6, A16, D1.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from geoapp.core import setting_values as values
from geoapp.core.setting_values import SettingsError

VARIABLES = ("GEOAPP_AGE_IN", "GEOAPP_AGE_OUT", "GEOAPP_ASSOCIATION_MODE", "GEOAPP_PROGRAMME_FIGURES")
MODES = ("independent", "existing", "create")
"""The three of A2.6: without a resident's record, only with one, with one that is made where it is missing."""
FIGURES: Mapping[str, int] = {
    "resettlement_prison_years": 5, "resettlement_labour_years": 3, "labour_offered": 0,
    "addiction_recovery_years": 3, "mental_health_years": 1, "hazmat_worker_years": 1,
    "youth_from": 6, "youth_to": 25, "youth_leave": 25,
    "elderly_from": 60, "elderly_review": 110, "disabled_years": 10, "veteran_family_years": 5, "hardship_years": 1,
    "maternal_from": 15, "maternal_to": 49, "maternal_leave": 50,
    "unemployed_from": 16, "unemployed_to": 59, "unemployed_years": 2, "sibling_age": 18,
}  # fmt: skip
"""Years and ages: the documents' where they give one (A4.1, A4.5, A5.1, A5.3, A5.6), else the term of the law or of
the yearly review."""
LARGEST = 120


@dataclass(frozen=True)
class ProgrammeSettings:
    """`mode`: one of MODES. `age_in`, `age_out`: programmes that a birthday opens or closes by itself (A18 (7)).

    `figures`: those that differ from FIGURES.
    """

    mode: str = "existing"
    age_in: tuple[str, ...] = ("elderly",)
    age_out: tuple[str, ...] = ("youth",)
    chosen: Mapping[str, int] = field(default_factory=dict, hash=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> ProgrammeSettings:
        """Read and check; raises SettingsError."""
        mode = env.get("GEOAPP_ASSOCIATION_MODE", "").strip() or cls.mode
        if mode not in MODES:
            raise SettingsError.wrong("GEOAPP_ASSOCIATION_MODE", mode, ", ".join(MODES))
        return cls(
            mode, _codes(env, "GEOAPP_AGE_IN", ("elderly", "maternal_health"), cls.age_in),
            _codes(env, "GEOAPP_AGE_OUT", ("youth", "maternal_health"), cls.age_out), _figures(env),
        )  # fmt: skip

    @property
    def figures(self) -> Mapping[str, int]:
        """Every figure, with what this deployment chose."""
        return {**FIGURES, **self.chosen}


def _codes(env: Mapping[str, str], name: str, known: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    text = env.get(name, "").strip()
    if not text:
        return default
    found = () if text == "none" else tuple(part.strip() for part in text.split(","))
    if set(found) - set(known):
        raise SettingsError.wrong(name, text, f"none, {', '.join(known)}")
    return found


def _figures(env: Mapping[str, str]) -> dict[str, int]:
    """`figure=number, figure=number`."""
    name, found = "GEOAPP_PROGRAMME_FIGURES", {}
    text = env.get(name, "").strip()
    for part in text.split(",") if text else ():
        pair = re.fullmatch(r"\s*([a-z_]+)\s*=\s*([0-9]{1,3})\s*", part)
        if pair is None or pair[1] not in FIGURES:
            raise SettingsError.wrong(name, text, ", ".join(f"{key}={number}" for key, number in FIGURES.items()))
        found[pair[1]] = values.integer(0, LARGEST)(name, pair[2])
    return found
