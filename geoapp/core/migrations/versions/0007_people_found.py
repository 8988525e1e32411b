"""Name tokens and phone hashes of the residents who are there already; each batch commits.

Stopped half way it may be run again: what is written stays as it is.
"""

from alembic import op
from sqlalchemy import text

from geoapp.people.name_tokens import TokenDraft, write_phone_hashes

revision = "0007"
down_revision = "0006"

BATCH = 100_000
NEXT = text("SELECT id, region_key, name, phone_enc FROM resident WHERE id > :last ORDER BY id LIMIT :n")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection, last = op.get_bind(), 0
        while rows := connection.execute(NEXT, {"last": last, "n": BATCH}).all():
            draft = TokenDraft(connection)
            draft.add((row.id, row.region_key, row.name) for row in rows)
            draft.finish()
            write_phone_hashes(connection, [(row.id, bytes(row.phone_enc)) for row in rows if row.phone_enc])
            last = rows[-1].id


def downgrade() -> None:
    pass
