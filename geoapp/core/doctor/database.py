"""Schema, row security, marks, the rights of the serving role, indexes, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, text

from geoapp.core.clock import now
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.migrate import missing_leakproof, newest_revision
from geoapp.core.settings import Settings

MOST_SECONDS = 2.0
"""Between our clock and the database's."""
WITH_AREA = ("region_key", "county_code")
_UNFORCED = text("""
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND (c.relname = 'region' OR EXISTS (
        SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY(:names) AND NOT a.attisdropped))
    ORDER BY 1
""")
_ROLE = text("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = :role")
_OWNED = text(
    "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
    "WHERE r.rolname = :role AND c.relnamespace = 'public'::regnamespace"
)
_VERSION = text("SELECT current_setting('server_version') || ', PostGIS ' || postgis_lib_version()")
_INVALID = text("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid")


def findings(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """What the database promises, asked of its catalogue."""
    version = connection.scalar(_VERSION)
    yield Finding.of(N_("数据库"), True, str(version))
    schema, wanted = connection.scalar(text("SELECT version_num FROM alembic_version")), newest_revision()
    yield Finding.of(N_("数据库结构为最新"), schema == wanted, f"{schema} / {wanted}")
    unforced = connection.scalars(_UNFORCED, {"names": list(WITH_AREA)}).all()
    yield Finding.of(N_("行级安全对每张有辖区的表强制生效"), not unforced, ", ".join(unforced) or "FORCE")
    unmarked = missing_leakproof(connection)
    yield Finding.of(N_("空间索引在行级安全下可用"), not unmarked, ", ".join(unmarked) or "LEAKPROOF")
    yield _app_role(connection, settings.app_role)
    invalid = connection.scalars(_INVALID).all()
    yield Finding.of(N_("索引有效"), not invalid, ", ".join(invalid) or "✓")
    checksums = connection.scalar(text("SELECT current_setting('data_checksums')"))
    yield Finding.of(N_("数据页校验"), checksums == "on", str(checksums), otherwise="warn")
    yield _clock(connection)


def _app_role(connection: Connection, role: str) -> Finding:
    row = connection.execute(_ROLE, {"role": role}).mappings().one_or_none()
    if row is None:
        return Finding.bad(N_("服务账号的权限"), role)
    wrong = [name for name, has in row.items() if has]
    owned = connection.scalar(_OWNED, {"role": role})
    if owned:
        wrong.append(f"owns {owned}")
    return Finding.of(N_("服务账号的权限"), not wrong, f"{role}: {', '.join(wrong)}" if wrong else role)


def _clock(connection: Connection) -> Finding:
    """Our clock agrees with the database's; a leap would misdate what follows (DU-8)."""
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs((now() - theirs).total_seconds())
    return Finding.of(N_("时钟"), apart < MOST_SECONDS, f"{theirs:%Y-%m-%d %H:%M:%S %z}, {apart:.1f} s")
