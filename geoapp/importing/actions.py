"""What is done with a file as a whole: sent, stopped. Callers open the transaction."""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import codes
from geoapp.importing.files import Stored
from geoapp.importing.models import ImportBatch
from grids_boundaries.access import Access

batch_table = table_of(ImportBatch)
LONGEST_NAME = 120


def send(connection: Connection, access: Access, register: str, stored: Stored, file_name: str) -> int:
    """A file waits to be read; id of its batch. Raises NotFound for a register one may not open."""
    if not access.scope or access.user_id is None or not access.may(f"register:{register}:read"):
        raise NotFound()
    home = access.scope.ranges[0][0]
    values = {
        "region_key": home, "register": register, "file_name": shown_name(file_name), "file_kind": stored.kind,
        "stored": stored.name, "sha256": stored.sha256, "bytes": stored.size, "unit": access.unit,
        "scope": [key for span in access.scope.ranges for key in span], "sent_by": access.user_id,
    }  # fmt: skip
    batch_id = int(connection.execute(insert(batch_table).values(values).returning(batch_table.c.id)).scalar_one())
    record(connection, access, Action.CREATE, register=register, area_key=home, facts={"step": "import"})
    return batch_id


def cancel(connection: Connection, access: Access, batch_id: int) -> None:
    """Its sender stops a batch; the process that deals with it sees that at its next commit.

    Raises NotFound, Conflict for one that has ended.
    """
    mine = (batch_table.c.id == batch_id, batch_table.c.sent_by == access.user_id)
    asked = update(batch_table).where(*mine, batch_table.c.state.in_((codes.WAITING, codes.RUNNING, codes.ASKING)))
    if connection.execute(asked.values(cancel_asked=True)).rowcount != 1:
        raise Conflict(N_("这次导入已经结束，不能取消。"))


def choose_system(connection: Connection, access: Access, batch_id: int, system: str) -> None:
    """Its sender says which system the positions of a file are in that name none; reading goes on.

    `system` as in `geoapp.importing.positions`. Raises Conflict for a batch that does not ask.
    """
    mine = (batch_table.c.id == batch_id, batch_table.c.sent_by == access.user_id)
    asked = update(batch_table).where(*mine, batch_table.c.state == codes.ASKING, batch_table.c.crs.is_(None))
    if connection.execute(asked.values(crs=system)).rowcount != 1:
        raise Conflict(N_("这次导入没有在等待选择坐标系。"))


def shown_name(name: str) -> str:
    """The name a file was sent under, without folders and signs nobody sees. Raises InvalidInput."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    bare = "".join(sign for sign in bare if sign.isprintable())
    if not bare:
        raise InvalidInput(N_("请选择文件。"), field="file")
    return bare[-LONGEST_NAME:]
