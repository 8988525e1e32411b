"""Generations of the key of search hashes and name tokens; what is there was hashed by the first."""

from alembic import op
from sqlalchemy import text

from geoapp.core.index_keys import FIRST, mark_of
from geoapp.core.keys import load_index_key
from geoapp.core.settings import get_settings

revision = "0017"
down_revision = "0016"

TABLE = """
CREATE TABLE index_key (
    generation integer CONSTRAINT pk_index_key PRIMARY KEY,
    mark bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    writes_from timestamptz NOT NULL,
    hashed_at timestamptz
);
GRANT SELECT ON index_key TO geoapp_app
"""


def upgrade() -> None:
    op.execute(TABLE)
    mark = mark_of(load_index_key(get_settings().key_dir, FIRST))
    first = text("INSERT INTO index_key VALUES (:generation, :mark, now(), now(), now())")
    op.get_bind().execute(first, {"generation": FIRST, "mark": mark})


def downgrade() -> None:
    op.execute("DROP TABLE index_key")
