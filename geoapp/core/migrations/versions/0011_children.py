"""The name of a child under 14 is a sealed cell; of those who are there already batch by batch (D3.1).

Stopped half way it may be run again. The plain names stay in dead rows until these are vacuumed,
which the last step does, and in backups made before.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection

from geoapp.core.clock import today
from geoapp.people.children import settle

revision = "0011"
down_revision = "0010"

CHECK = """
ALTER TABLE resident ADD CONSTRAINT ck_resident_child
CHECK ((name_enc IS NOT NULL) = (name = '未成年人') AND (name_enc IS NULL OR birth_year IS NULL)) NOT VALID"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE resident ADD COLUMN IF NOT EXISTS name_enc bytea")
        changed = sum(settle(_same, today()))
        op.execute("ALTER TABLE resident DROP CONSTRAINT IF EXISTS ck_resident_child")
        op.execute(CHECK)
        op.execute("ALTER TABLE resident VALIDATE CONSTRAINT ck_resident_child")
        if changed:
            op.execute("VACUUM (ANALYZE) resident")


def downgrade() -> None:
    raise NotImplementedError("names that are sealed are not written in plain again")


@contextmanager
def _same() -> Iterator[Connection]:
    yield op.get_bind()
