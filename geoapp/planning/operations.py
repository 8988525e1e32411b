"""What a planner can do to a draft, by name: from a sent document to an edit or new facts of grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.planning.deriving import moved
from geoapp.planning.shapes import drawn
from geoapp.planning.workshop import Desk, GridFacts, with_facts
from grids_boundaries.partition.editing import Edit, EditRefused

Document = Mapping[str, Any]
LONGEST_NAME = 60
MOST_CELLS = 100_000
MOST_REACH = 500.0
LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation changed: cells (`edit`), facts of grids, or both; `cut`: the line drawn (EPSG:4326)."""

    edit: Edit | None = None
    facts: Mapping[int, GridFacts] = field(default_factory=dict)
    cut: shapely.Geometry | None = None


def paint(desk: Desk, sent: Document) -> Done:
    """Cells into a grid, or with `to` null into a new one."""
    cells = sent.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS or not all(_is_number(one) for one in cells):
        raise InvalidInput(N_("请给出单元编号的列表。"), field="cells")
    return _give(desk, cells, sent)


def lasso(desk: Desk, sent: Document) -> Done:
    """Cells whose inner point lies in a drawn area."""
    area = drawn(sent.get("area"), ("Polygon", "MultiPolygon"), "area")
    inner = shapely.point_on_surface(desk.shown)
    shapely.prepare(area)
    return _give(desk, np.flatnonzero(shapely.intersects(area, inner)).tolist(), sent)


def block(desk: Desk, sent: Document) -> Done:
    """All cells of a block, or of the block of a cell."""
    blocks = desk.problem.unit
    if sent.get("block") is None:
        cell = number_of(sent, "cell")
        if not 0 <= cell < len(blocks):
            raise EditRefused("unknown_cell", cell=cell)
        wanted = int(blocks[cell])
    else:
        wanted = number_of(sent, "block")
    cells = np.flatnonzero(blocks == wanted)
    if len(cells) == 0:
        raise InvalidInput(N_("没有这个街区。"), field="block")
    return _give(desk, cells.tolist(), sent)


def drag(desk: Desk, sent: Document) -> Done:
    """The border of two grids along a path."""
    reach = sent.get("reach", 20.0)
    if isinstance(reach, bool) or not isinstance(reach, int | float) or not 0 < reach <= MOST_REACH:
        raise InvalidInput(N_("拖动范围应在 0 至 %(most)s 米之间。"), field="reach", most=int(MOST_REACH))
    line = _metres(desk, drawn(sent.get("path"), ("LineString",), "path"))
    return Done(desk.editor.drag(number_of(sent, "gaining"), number_of(sent, "losing"), line, float(reach)))


def split(desk: Desk, sent: Document) -> Done:
    """A grid along a line; with `snap` false, between buildings wherever it runs."""
    line = drawn(sent.get("line"), ("LineString",), "line")
    edit = desk.editor.split(number_of(sent, "grid"), _metres(desk, line), sent.get("snap") is not False)
    return Done(edit, cut=line)


def merge(desk: Desk, sent: Document) -> Done:
    """Two grids into one."""
    return Done(desk.editor.merge(number_of(sent, "into"), number_of(sent, "other")))


def lock(desk: Desk, sent: Document) -> Done:
    """Keep grids as they are; without `grids` all of them."""
    return Done(facts=_locked(desk, sent, locked=True))


def unlock(desk: Desk, sent: Document) -> Done:
    """Let grids be changed; without `grids` all of them."""
    return Done(facts=_locked(desk, sent, locked=False))


def renumber(desk: Desk, _sent: Document) -> Done:
    """West to east, then north to south, in each community (D4.4)."""
    ranks = desk.editor.numbers()
    changed = {
        number: with_facts(desk.facts[number], {"rank": rank})
        for number, rank in ranks.items() if desk.facts[number].rank != rank
    }  # fmt: skip
    if not changed:
        raise EditRefused("no_change")
    return Done(facts=changed)


def dedicate(desk: Desk, sent: Document) -> Done:
    """Make a grid a dedicated one (专属网格) or an ordinary one."""
    return _changed(desk, number_of(sent, "grid"), {"dedicated": bool(sent.get("dedicated", True))})


def rename(desk: Desk, sent: Document) -> Done:
    """Name a grid; an empty name takes it away."""
    name = sent.get("name") or ""
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(N_("网格名称最多 %(most)s 个字。"), field="name", most=LONGEST_NAME)
    return _changed(desk, number_of(sent, "grid"), {"name": name.strip() or None})


OPERATIONS: dict[str, Callable[[Desk, Document], Done]] = {
    "paint": paint, "lasso": lasso, "block": block, "drag": drag, "split": split, "merge": merge, "lock": lock,
    "unlock": unlock, "renumber": renumber, "dedicate": dedicate, "rename": rename,
}  # fmt: skip
WITHOUT_STEP = frozenset({"lock", "unlock"})
"""Locks are no part of the plan, so undo passes them by."""
KINDS = {
    "open": N_("建立"), "paint": N_("画入"), "lasso": N_("圈选"), "block": N_("移动街区"), "drag": N_("拖动边界"),
    "split": N_("划分"), "merge": N_("合并"), "lock": N_("锁定"), "unlock": N_("解锁"), "renumber": N_("重新编号"),
    "dedicate": N_("专属网格"), "rename": N_("命名"), "adopt": N_("采用方案"), "undo": N_("撤销"), "redo": N_("重做"),
    "import": N_("导入"), "submit": N_("提交"), "approve": N_("批准"), "return": N_("退回"), "withdraw": N_("撤回"),
    "discard": N_("作废"), "schedule": N_("定期生效"), "unschedule": N_("取消定期"), "publish": N_("发布"),
    "replace": N_("被替代"), "fill": N_("生成单元"),
}  # fmt: skip
"""Words for the kinds of steps and versions."""


def number_of(sent: Document, name: str) -> int:
    """A whole number of the document. Raises InvalidInput naming the field."""
    value = sent.get(name)
    if not _is_number(value):
        raise InvalidInput(N_("请给出编号。"), field=name)
    return int(value)  # type: ignore[arg-type]  # checked above


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _give(desk: Desk, cells: list[int], sent: Document) -> Done:
    if sent.get("to") is None:
        return Done(desk.editor.found(cells))
    return Done(desk.editor.paint(cells, number_of(sent, "to")))


def _metres(desk: Desk, shape: shapely.Geometry) -> shapely.Geometry:
    return moved(np.array([shape], dtype=object), desk.there)[0]


def _known(desk: Desk, number: int) -> GridFacts:
    if number not in desk.editor.cells_of:
        raise EditRefused("unknown_grid", grid=number)
    return desk.facts[number]


def _changed(desk: Desk, number: int, values: Mapping[str, Any]) -> Done:
    before = _known(desk, number)
    after = with_facts(before, values)
    if after == before:
        raise EditRefused("no_change")
    return Done(facts={number: after})


def _locked(desk: Desk, sent: Document, *, locked: bool) -> dict[int, GridFacts]:
    chosen = sent.get("grids")
    if chosen is not None and not (isinstance(chosen, list) and all(_is_number(one) for one in chosen)):
        raise InvalidInput(N_("请给出网格编号的列表。"), field="grids")
    numbers = sorted(desk.editor.cells_of) if chosen is None else chosen
    changed = {
        number: with_facts(desk.facts[number], {"locked": locked})
        for number in numbers if _known(desk, number).locked != locked
    }  # fmt: skip
    if not changed:
        raise EditRefused("no_change")
    return changed
