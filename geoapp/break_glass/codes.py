"""Words of break-glass."""

from __future__ import annotations

from geoapp.core.i18n import N_

REASONS = {
    "life": N_("生命危险"), "fire": N_("火灾"), "disaster": N_("自然灾害"), "missing": N_("走失求助"),
    "medical": N_("医疗急救"),
}  # fmt: skip
OUTCOMES = {"justified": N_("理由成立"), "unjustified": N_("理由不成立"), "unclear": N_("需进一步了解")}
