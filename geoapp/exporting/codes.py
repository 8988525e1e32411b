"""Words of exports: on which basis, in which state."""

from __future__ import annotations

from geoapp.core.i18n import N_

BASES = {
    "duty": N_("履行法定职责"),
    "consent": N_("本人同意"),
    "emergency": N_("突发公共事件"),
    "request": N_("答复本人请求"),
}
WORK = "duty"
"""Of a file somebody takes for their own work in their own area."""
OWN_USE = "own-use"
RECIPIENT = {OWN_USE: N_("本人工作使用")}
STATES = {
    "waiting": N_("待批准"),
    "approved": N_("已批准"),
    "refused": N_("未批准"),
    "expired": N_("已过期"),
}
