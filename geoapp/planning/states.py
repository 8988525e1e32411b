"""The states of a plan and the steps between them, declared once."""

from __future__ import annotations

from dataclasses import dataclass

from geoapp.accounts.permissions import Permission
from geoapp.core.i18n import N_
from geoapp.planning.errors import WrongState

STATES = {
    "draft": N_("草案"),
    "submitted": N_("待审核"),
    "approved": N_("已批准"),
    "scheduled": N_("待生效"),
    "published": N_("已发布"),
    "replaced": N_("已被替代"),
    "discarded": N_("已作废"),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: from which states, to which, what it needs."""

    before: tuple[str, ...]
    after: str
    permission: Permission
    by_another: bool = False


TRANSITIONS = {
    "submit": Transition(("draft",), "submitted", Permission.PLAN_EDIT),
    "approve": Transition(("submitted",), "approved", Permission.PLAN_APPROVE, by_another=True),
    "return": Transition(("submitted",), "draft", Permission.PLAN_APPROVE),
    "withdraw": Transition(("submitted", "approved"), "draft", Permission.PLAN_EDIT),
    "discard": Transition(("draft",), "discarded", Permission.PLAN_EDIT),
    "schedule": Transition(("approved",), "scheduled", Permission.PLAN_PUBLISH),
    "unschedule": Transition(("scheduled",), "approved", Permission.PLAN_PUBLISH),
    "publish": Transition(("approved", "scheduled"), "published", Permission.PLAN_PUBLISH),
    "replace": Transition(("published",), "replaced", Permission.PLAN_PUBLISH),
}
"""Approving takes another person than the one who submitted: `by_another`."""


def step(state: str, action: str) -> str:
    """The state after `action`. Raises WrongState where the state does not allow it."""
    found = TRANSITIONS[action]
    if state not in found.before:
        raise WrongState(N_("方案当前状态不能进行此操作。"))
    return found.after


def require_draft(state: str) -> None:
    """Raises WrongState unless the plan may be edited."""
    if state != "draft":
        raise WrongState(N_("只有草案可以修改；请先撤回。"))
