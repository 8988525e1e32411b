"""Default roles of an installation follow their declaration, as far as nobody has edited them (D1.3).

A role remembers in `given` what it was made from. Whose permissions are still these gets what the
declaration has beyond them, at each upgrade; of an edited one the difference is only listed, on the
page of roles and by the doctor. Nothing is ever taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select, update

from geoapp.accounts.models import Role
from geoapp.accounts.roles import DEFAULT_ROLES, GRANTS
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM


def missing_from(key: str, permissions: Collection[str], *, system: bool = True) -> list[str]:
    """What the declaration of a default role has and the role has not, in the declaration's order."""
    declared = DEFAULT_ROLES[key][1] if system and key in DEFAULT_ROLES else ()
    return [str(one) for one in declared if str(one) not in permissions]


def is_untouched(permissions: Collection[str], given: Collection[str] | None, version: int) -> bool:
    """Whether nobody edited it. Before roles remembered, an edit still raised the version."""
    return version == 1 if given is None else set(permissions) == set(given)


def follow(connection: Connection) -> dict[str, list[str]]:
    """Give untouched default roles what they lack; role to what it got. Audited."""
    got: dict[str, list[str]] = {}
    for role in connection.execute(select(Role.__table__).where(Role.system).order_by(Role.key)).all():
        grants = [str(p) for p in GRANTS.get(role.key, ()) if str(p) not in role.may_grant]
        more = missing_from(role.key, role.permissions)
        if not is_untouched(role.permissions, role.given, role.version):
            more = []
        elif more or role.given is None:
            connection.execute(
                update(Role).where(Role.key == role.key)
                .values(permissions=[*role.permissions, *more], given=[*role.permissions, *more])
            )  # fmt: skip
        if grants:
            connection.execute(update(Role).where(Role.key == role.key).values(may_grant=[*role.may_grant, *grants]))
        if more:
            got[role.key] = more
            connection.execute(update(Role).where(Role.key == role.key).values(version=Role.version + 1))
            record(
                connection, SYSTEM, Action.PERMISSION_CHANGE, fields=more, reason="upgrade", facts={"role": role.key}
            )
    return got


def differences(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    """Edited default roles that lack something of their declaration: (key, permissions)."""
    for role in connection.execute(select(Role.__table__).where(Role.system).order_by(Role.key)):
        if more := missing_from(role.key, role.permissions):
            yield role.key, more
