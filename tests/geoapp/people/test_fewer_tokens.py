"""Name tokens of residents who are there already, written anew beside the ones that are read (C4)."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.migrate import alembic_config
from geoapp.people.name_tokens import name_token


def tokens():
    with owner_transaction() as connection:
        return set(connection.execute(name_token.select()).all())


def migrate():
    with owner_engine().connect() as connection:
        module = ScriptDirectory.from_config(alembic_config(connection)).get_revision("0013").module
        context = MigrationContext.configure(connection)
        with context.begin_transaction(), Operations.context(context):
            module.upgrade()
        connection.commit()


def test_c4_tokens_are_written_again_and_broken_off_go_on_with_what_changed_meanwhile(own_city):
    good = tokens()
    with owner_transaction() as connection:
        connection.execute(text("TRUNCATE name_token"))
    migrate()
    assert tokens() == good
    with owner_transaction() as connection:  # broken off behind the third resident, of whom one moved later
        first = connection.scalars(text("SELECT id FROM resident ORDER BY id LIMIT 3")).all()
        connection.execute(text("CREATE TABLE name_token_next AS SELECT * FROM name_token WHERE resident_id <= :last"), {"last": first[-1]})
        connection.execute(text("COMMENT ON TABLE name_token_next IS '2026-01-01T00:00:00+00:00'"))
        connection.execute(text("UPDATE name_token_next SET token = token + 1 WHERE resident_id = :id"), {"id": first[0]})
        connection.execute(text("UPDATE resident SET updated_at = '2025-12-01'"))
        connection.execute(text("UPDATE resident SET updated_at = now() WHERE id = :id"), {"id": first[0]})
    migrate()
    assert tokens() == good
    with owner_transaction() as connection:
        policies = connection.scalars(text("SELECT polname FROM pg_policy WHERE polrelid = 'name_token'::regclass")).all()
    assert sorted(policies) == ["in_scope", "owner_all"]
