"""Words of households (A3.10, A3.13; glossary)."""

from __future__ import annotations

from geoapp.core.i18n import N_

HUKOU, FAMILY = "hukou", "family"
KINDS = {HUKOU: N_("户籍家庭"), FAMILY: N_("家庭（广义）")}
KIND_CLASSES = {kind: number for number, kind in enumerate(KINDS, start=1)}
"""Small integers for kept counts, in the order of the list."""
NUMBERS = {HUKOU: N_("户号"), FAMILY: N_("家庭编号")}
MODULE = "family"
"""The module that switches local families on (A3.13)."""
DELETE_REASONS = {
    "moved_away": N_("全户迁出"), "merged": N_("并入另一户"), "mistaken": N_("登记有误"), "other": N_("其他"),
}  # fmt: skip
"""Why an empty household goes (A17); kept with the moment in the audit log."""
