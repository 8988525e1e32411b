"""Refusals of the planner: code, sentence, and where on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_, Words, translate

NEW_GRID = N_("新%(n)s")


def grid_label(number: int, rank: int | None) -> str:
    """A grid as the table's first column has it: three digits, or a mark for one without a rank yet."""
    return f"{rank:03d}" if rank else Words(*(translate(NEW_GRID, one, n=number + 1) for one in ("zh", "en")))


class PlanRefused(GeoappError):
    """An edit or step was refused and nothing changed. `cells` and `at` (GeoJSON, EPSG:4326) say where."""

    status = 422

    def __init__(
        self, code: str, msgid: str, *, cells: Sequence[int] = (), number: int | None = None, at: Any = None,
        **facts: object,
    ) -> None:  # fmt: skip
        super().__init__(msgid, field=None, **facts)
        self.code, self.cells, self.number, self.at = code, tuple(cells), number, at
        self.more: Mapping[str, Any] = {}


class StaleEdit(PlanRefused):
    """The plan was changed since the editor last heard of it; `more["since"]` says how."""

    status = 409

    def __init__(self, since: Mapping[str, Any]) -> None:
        super().__init__("stale", N_("方案已被他人修改，您的这一步没有执行；请查看改动后重做。"))
        self.more = {"since": since}


class AreaHeld(PlanRefused):
    """Another planner is at work there; `more["locks"]` names who and until when."""

    status = 409

    def __init__(self, locks: Sequence[Mapping[str, Any]]) -> None:
        names = "、".join(str(one["by"]) for one in locks)
        super().__init__("held", N_("%(names)s 正在编辑这个社区，请稍后再试。"), names=names)
        self.more = {"locks": list(locks)}


class WrongState(PlanRefused):
    """The plan is not a draft, or the step does not fit its state."""

    status = 409

    def __init__(self, msgid: str) -> None:
        super().__init__("state", msgid)
