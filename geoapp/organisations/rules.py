"""Rules of organisations, as pure functions (A7.1, A7.8, A7.9, A17)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.organisations.codes import KINDS, LEVELS, TITLES
from geoapp.organisations.licences import normal_licence
from geoapp.sites.rules import normal_address, normal_name

ACTIVE, DEREGISTERED = "active", "deregistered"


@dataclass(frozen=True)
class OrganisationFacts:
    """What staff write down of an organisation; `level` is that of the region it belongs to."""

    kind: str
    name: str
    category: str = ""
    licence_number: str = ""
    registered: bool = True
    address: str | None = None
    level: str = "grid"

    def checked(self) -> dict[str, object]:
        """Column values, the level apart. Raises InvalidInput for the first fact that breaks a rule."""
        one = KINDS.get(self.kind)
        if one is None:
            raise InvalidInput(N_("请选择列表中的一项。"), field="kind")
        if self.level not in one.levels:
            raise InvalidInput(
                N_("“%(kind)s”只能登记在网格一级。"), field="level", kind=Label(TITLES[self.kind])
            )
        if (self.category not in one.categories) if one.categories else self.category:
            raise InvalidInput(
                N_("请选择“%(kind)s”的类别。"), field="category", kind=Label(TITLES[self.kind])
            )
        number = normal_licence(self.licence_number)
        if number is None and one.licensed:
            raise InvalidInput(N_("实有单位须填写证照号码。"), field="licence_number")
        values = {k: v for k, v in asdict(self).items() if k != "level"}
        return values | {
            "name": normal_name(self.name), "address": normal_address(self.address),
            "category": self.category or None, "licence_number": number,
        }  # fmt: skip


def check_state(state: str, wanted: str) -> None:
    """Raises Conflict for a step the state does not allow: out twice, or back while still on it."""
    if state != wanted:
        refused = N_("该组织已注销。") if wanted == ACTIVE else N_("该组织在册，无需取消注销。")
        raise Conflict(refused)


def offered_levels(kind: str) -> dict[str, str]:
    """Levels at which a kind may be added, with their words (A7.9: social organisations at any)."""
    return {level: LEVELS[level] for level in KINDS[kind].levels}
