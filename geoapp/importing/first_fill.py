"""The first fill of a city as its administrators ask for it: begun, written, stopped (A8; D3.2).

A file is read as a department's is, then tried out by itself. Only what its dry run has said can be
asked to be written, and what is asked for is carried out beside the requests (`geoapp.importing.fill_run`).
The database holds to the order: it refuses an asking without a dry run, and shows no grid the rows of
a file before that was written. Callers open the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Row, func, insert, select, text, update

from geoapp.accounts.models import User
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import actions, codes
from geoapp.importing.files import Stored
from geoapp.importing.models import FirstFill, ImportBatch
from geoapp.importing.reads import FILLED, SHOWN_BATCHES
from grids_boundaries.access import Access
from grids_boundaries.keys import LEVELS, RegionCode
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope

fill_table, batch_table = table_of(FirstFill), table_of(ImportBatch)
region, sender = table_of(Region), table_of(User)
LEVELS_BELOW = 2
"""Areas to choose from: the administrator's own, and so many levels below; streets for a city."""
_FILL = (
    *(c.label(f"fill_{c.name}") for c in fill_table.columns if c.name not in ("batch_id", "region_key")),
    *(c for c in batch_table.columns if c.name != "stored"),
    sender.c.display_name.label("sender"), region.c.full_name.label("area"),
)  # fmt: skip
_LINE = tuple(c for c in _FILL if c.name not in ("fill_dry", "fill_report"))
_FROM = fill_table.join(batch_table, batch_table.c.id == fill_table.c.batch_id).join(
    sender, sender.c.id == batch_table.c.sent_by
).outerjoin(region, region.c.key == batch_table.c.region_key)  # fmt: skip


def areas_of(connection: Connection, access: Access) -> Sequence[Row]:
    """(key, level, name, full_name) of the regions a file can be filled into, each behind the one it lies in."""
    own = [lo for lo, _ in access.scope.ranges]
    levels = connection.scalars(select(region.c.level).where(region.c.key.in_(own))).all()
    if not levels:
        return []
    highest = min(LEVELS.index(one) for one in levels)
    inside = (access.scope.clause(region.c.key), region.c.level.in_(LEVELS[highest : highest + LEVELS_BELOW + 1]))
    query = select(region.c.key, region.c.level, region.c.name, region.c.full_name)
    return connection.execute(query.where(*inside).order_by(region.c.key)).all()


def start(connection: Connection, access: Access, register: str, area: RegionCode, sent: tuple[Stored, str]) -> int:
    """A file (as stored, its name) waits to be read and tried out for an area; id of its batch.

    Raises InvalidInput for an area that is not the administrator's.
    """
    if not access.scope.covers(area):
        raise InvalidInput(N_("请选择您辖区内的区划。"), field="area")
    stored, name = sent
    reading = access.permissions | {f"register:{register}:read"}  # to write records is not to see them
    there = replace(access, scope=RowScope.of([area]), permissions=reading)
    batch_id = actions.send(connection, there, register, stored, name)
    connection.execute(insert(fill_table).values(batch_id=batch_id, region_key=area.lo))
    _note(connection, access, register, area.lo, "fill_check")
    return batch_id


def read_fills(connection: Connection, access: Access) -> Sequence[Row]:
    """First fills of the reader's area without their reports, the newest first."""
    query = select(*_LINE).select_from(_FROM).where(access.scope.clause(fill_table.c.region_key))
    return connection.execute(query.order_by(batch_table.c.id.desc()).limit(SHOWN_BATCHES)).all()


def read_fill(connection: Connection, access: Access, batch_id: int) -> Row:
    """One of them: columns of its batch, and its own as fill_<name>. Raises NotFound."""
    mine = (access.scope.clause(fill_table.c.region_key), fill_table.c.batch_id == batch_id)
    row = connection.execute(select(*_FILL).select_from(_FROM).where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def phase_of(fill: Row) -> str:
    """A code of `codes.FILL_STATES`: where it stands."""
    if fill.fill_state == "checking" and fill.state in (codes.WAITING, codes.RUNNING):
        return "reading"
    if fill.fill_state == "checking" and fill.state == codes.ASKING:
        return "reading" if fill.crs or fill.cancel_asked else "asking"
    if fill.fill_state in ("checked", "stopped") and fill.fill_asked_at is not None:
        return "writing"
    if fill.fill_state in ("checking", "dropped") and (fill.state == codes.FAILED or fill.fill_error):
        return "failed"
    return str(fill.fill_state)


def write(connection: Connection, access: Access, batch_id: int, sha256: str) -> None:
    """What the dry run of this very file has said shall be written. Raises NotFound, Conflict."""
    fill = read_fill(connection, access, batch_id)
    if fill.sha256 != sha256 or fill.fill_dry is None or fill.fill_dry["sha256"] != sha256:
        raise Conflict(N_("只能写入试运行已完成的同一个文件，请刷新页面。"))
    ready = (fill_table.c.batch_id == batch_id, fill_table.c.state.in_(("checked", "stopped")))
    asked = update(fill_table).where(*ready, fill_table.c.asked_at.is_(None), ~fill_table.c.stop_asked)
    if connection.execute(asked.values(asked_by=access.user_id, asked_at=func.now())).rowcount != 1:
        raise Conflict(N_("这个文件不在等待写入，请刷新页面。"))
    _note(connection, access, fill.register, fill.region_key, "fill_write")


def stop(connection: Connection, access: Access, batch_id: int) -> None:
    """Reading and trying out end, the rows go; writing stops behind the piece it is at. Raises NotFound, Conflict."""
    fill = read_fill(connection, access, batch_id)
    open_one = (fill_table.c.batch_id == batch_id, fill_table.c.state.not_in(FILLED))
    if connection.execute(update(fill_table).where(*open_one).values(stop_asked=True)).rowcount != 1:
        raise Conflict(N_("这次录入已经结束，不能取消。"))
    still = (batch_table.c.id == batch_id, batch_table.c.state.in_((codes.WAITING, codes.RUNNING, codes.ASKING)))
    connection.execute(update(batch_table).where(*still).values(cancel_asked=True))
    _note(connection, access, fill.register, fill.region_key, "fill_stop")


def choose_system(connection: Connection, access: Access, batch_id: int, system: str) -> None:
    """Positions of the file that name no system are in this one; reading goes on. Raises NotFound, Conflict."""
    read_fill(connection, access, batch_id)
    asks = (batch_table.c.id == batch_id, batch_table.c.state == codes.ASKING, batch_table.c.crs.is_(None))
    if connection.execute(update(batch_table).where(*asks).values(crs=system)).rowcount != 1:
        raise Conflict(N_("这次导入没有在等待选择坐标系。"))


def open_to(connection: Connection, batch_id: int) -> None:
    """This transaction sees the rows of a file that is not written yet."""
    connection.execute(text("SELECT set_config('app.fill', :id, true)"), {"id": str(batch_id)})


def is_open(connection: Connection, batch_id: int) -> bool:
    """Whether a batch is a first fill of the pages that is not written yet, for the owner."""
    mine = (fill_table.c.batch_id == batch_id, fill_table.c.state.not_in(FILLED))
    return connection.execute(select(fill_table.c.batch_id).where(*mine)).first() is not None


# -- parts ---------------------------------------------------------------------------------


def _note(connection: Connection, access: Access, register: str, key: int, step: str) -> None:
    record(connection, access, Action.CHANGE, register=register, area_key=key, facts={"step": step})
