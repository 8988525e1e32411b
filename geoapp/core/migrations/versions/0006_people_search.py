"""People are found by tokens and hashes, searches are kept sealed, kept counts obey their register."""

from pathlib import Path

from alembic import op
from sqlalchemy import text

from geoapp.people.name_tokens import write_phone_hashes, write_tokens

revision = "0006"
down_revision = "0005a"

SQL = Path(__file__).with_suffix(".sql")
BATCH = 10_000


def upgrade() -> None:
    bind = op.get_bind().execution_options(no_parameters=True)
    bind.exec_driver_sql(SQL.read_text(encoding="utf-8"))
    connection, last = op.get_bind(), 0
    while True:
        rows = connection.execute(
            text("SELECT id, region_key, name, phone_enc FROM resident WHERE id > :last ORDER BY id LIMIT :n"),
            {"last": last, "n": BATCH},
        ).all()
        if not rows:
            return
        write_tokens(connection, [(row.id, row.region_key, row.name) for row in rows])
        write_phone_hashes(connection, [(row.id, bytes(row.phone_enc)) for row in rows if row.phone_enc])
        last = rows[-1].id


def downgrade() -> None:
    op.execute("DROP TABLE saved_search, name_token")
    op.execute("ALTER TABLE resident DROP COLUMN phone_hash")
