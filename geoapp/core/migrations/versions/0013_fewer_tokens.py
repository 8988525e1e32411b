"""Half as many name tokens: a character with the next one, and all initials, are one number each.

Online: the new table is filled beside the one that searches read, a batch of residents a transaction;
what changed meanwhile is done again when the tables change places, for which writers wait a moment.
Stopped half way it goes on behind the last resident it has written.
"""

from collections.abc import Iterator
from datetime import datetime

from alembic import op
from sqlalchemy import Connection, Row, text

from geoapp.core.bulk import copy_rows
from geoapp.core.clock import now
from geoapp.core.crypto import decrypt
from geoapp.core.data_keys import KeyDestroyed, KeyRing
from geoapp.people.name_tokens import Named, token_rows

revision = "0013"
down_revision = "0012"

BATCH = 50_000
COLUMNS = dict.fromkeys(("token", "region_key", "resident_id"), "int8")
BESIDE = """
    CREATE TABLE name_token_next (token bigint NOT NULL, region_key bigint NOT NULL, resident_id bigint NOT NULL);
    COMMENT ON TABLE name_token_next IS '{moment}'
"""
KEY = """
    SET LOCAL maintenance_work_mem = '512MB';
    ALTER TABLE name_token_next ADD CONSTRAINT pk_name_token_next PRIMARY KEY (token, region_key, resident_id)
"""
CHANGED = """
    DELETE FROM name_token_next WHERE resident_id IN (
        SELECT id FROM resident WHERE updated_at >= :since
        UNION SELECT record_id FROM tombstone WHERE register = 'residents' AND erased_at >= :since)
"""
SWAP = """
    DROP TABLE name_token;
    ALTER TABLE name_token_next RENAME TO name_token;
    ALTER TABLE name_token RENAME CONSTRAINT pk_name_token_next TO pk_name_token;
    COMMENT ON TABLE name_token IS NULL;
    ALTER TABLE name_token ENABLE ROW LEVEL SECURITY;
    ALTER TABLE name_token FORCE ROW LEVEL SECURITY;
    DO $$
    DECLARE
        inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
    BEGIN
        EXECUTE format('CREATE POLICY owner_all ON name_token TO %I USING (true) WITH CHECK (true)', current_user);
        EXECUTE format('CREATE POLICY in_scope ON name_token TO geoapp_app USING (%s) WITH CHECK (%s)', inside, inside);
    END $$;
    GRANT SELECT, INSERT, DELETE ON name_token TO geoapp_app
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        since = begun(connection)
        fill(connection)
        if not connection.scalar(text("SELECT to_regclass('pk_name_token_next')")):
            run(connection, f"BEGIN; {KEY}; COMMIT")
        connection.execute(text("ANALYZE name_token_next"))
    connection = op.get_bind()
    connection.execute(text("LOCK TABLE resident IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(text(CHANGED), {"since": since})
    for rows in residents(connection, "updated_at >= :since", since=since):
        copy_rows(connection, "name_token_next", COLUMNS, token_rows(rows))
    run(connection, SWAP)


def begun(connection: Connection) -> datetime:
    """When the table was made, which is now where there is none yet."""
    if not connection.scalar(text("SELECT to_regclass('name_token_next')")):
        run(connection, f"BEGIN; {BESIDE.format(moment=now().isoformat())}; COMMIT")
    said = text("SELECT obj_description('name_token_next'::regclass, 'pg_class')")
    return datetime.fromisoformat(connection.scalar(said))


def fill(connection: Connection) -> None:
    """The residents behind the last who is there."""
    last = connection.scalar(text("SELECT coalesce(max(resident_id), 0) FROM name_token_next"))
    for rows in residents(connection, "id > :last", last=last):
        copy_rows(connection, "name_token_next", COLUMNS, token_rows(rows))


def residents(connection: Connection, condition: str, **values: object) -> Iterator[list[Named]]:
    """Batches of those who fulfil the condition, in the order of their ids; a sealed name is opened."""
    query = text(
        "SELECT id, region_key, name, name_enc FROM resident "  # noqa: S608 - words of ours
        f"WHERE {condition} AND id > :after ORDER BY id LIMIT {BATCH}"
    )
    keys, after = KeyRing.on(connection), 0
    while rows := connection.execute(query, {**values, "after": after}).all():
        after = rows[-1].id
        yield [(row.id, row.region_key, name_of(row, keys)) for row in rows]


def name_of(row: Row, keys: KeyRing) -> str:
    """What is known of it: nothing where its key is destroyed."""
    try:
        return decrypt(bytes(row.name_enc), f"resident.name.{row.id}", keys=keys) if row.name_enc else str(row.name)
    except KeyDestroyed:
        return ""


def run(connection: Connection, statements: str) -> None:
    """Several statements in one message, as they stand."""
    connection.execution_options(no_parameters=True).exec_driver_sql(statements)


def downgrade() -> None:
    pass
