"""Roles and departments: data that administrators change. Each change is audited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.authority import STALE, Authority
from geoapp.accounts.models import Department, Role, User
from geoapp.accounts.permissions import Permission
from geoapp.accounts.rules import check_name
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from geoapp.core.i18n import N_

KEY = re.compile(r"[a-z][a-z0-9_]{2,39}")


def list_roles(connection: Connection) -> list[Row[Any]]:
    """Every role with the number of its active users."""
    users = select(func.count()).where(User.role_key == Role.key, User.active).scalar_subquery()
    query = select(Role.__table__, users.label("users")).order_by(Role.system.desc(), Role.key)
    return list(connection.execute(query))


def find_role(connection: Connection, key: str) -> Row[Any]:
    """A role. Raises NotFound."""
    row = connection.execute(select(Role.__table__).where(Role.key == key)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def create_role(
    connection: Connection, authority: Authority, key: str, title: str, permissions: Sequence[str]
) -> None:
    """A new role. Raises InvalidInput, Forbidden for what one may not hand out, Conflict."""
    if not KEY.fullmatch(key):
        raise InvalidInput(
            N_("标识应为 3 至 40 个小写字母、数字或下划线，以字母开头。"), field="key"
        )
    wanted = _known(permissions)
    authority.require_hands_out(wanted, "permissions")
    row = {"key": key, "title": check_name(title, "title"), "permissions": wanted}
    created = insert(Role).values(**row).on_conflict_do_nothing().returning(Role.key)
    if connection.scalar(created) is None:
        raise Conflict(N_("已有这个标识的角色。"), field="key")
    _note(connection, authority, key, "create", wanted)


def change_role(
    connection: Connection,
    authority: Authority,
    key: str,
    version: int,
    title: str,
    permissions: Sequence[str],
) -> None:
    """Write title and permissions; users of the role follow within a second (AZ-12).

    Raises Forbidden where the role holds, or would hold, what the administrator may not hand out,
    and for the administrator's own role.
    """
    role = find_role(connection, key)
    own = connection.scalar(select(User.role_key).where(User.id == authority.access.user_id))
    if own == key:
        raise Forbidden(N_("不能修改自己的角色，请由另一位管理员操作。"))
    wanted = _known(permissions)
    authority.require_hands_out({*role.permissions, *role.may_grant, *wanted}, "permissions")
    saved = (
        update(Role)
        .where(Role.key == key, Role.version == version)
        .values(
            title=check_name(title, "title"), permissions=wanted, version=Role.version + 1
        )
    )
    if connection.execute(saved).rowcount != 1:
        raise Conflict(STALE)
    _note(connection, authority, key, "change", set(role.permissions) ^ set(wanted))


def list_departments(connection: Connection, authority: Authority) -> list[Row[Any]]:
    """Departments of the administrator's area, by name, with the number of their users."""
    users = (
        select(func.count()).where(User.department_id == Department.id, User.active).scalar_subquery()
    )
    query = select(Department.__table__, users.label("users")).order_by(Department.name)
    return [row for row in connection.execute(query) if authority.covers([row.area_code])]


def create_department(connection: Connection, authority: Authority, name: str, area: str) -> None:
    """A new department. Raises InvalidInput, Forbidden outside the area, Conflict."""
    (code,) = authority.areas([area], "area")
    row = {"name": check_name(name, "name"), "area_code": code}
    created = insert(Department).values(**row).on_conflict_do_nothing().returning(Department.id)
    found = connection.scalar(created)
    if found is None:
        raise Conflict(N_("已有同名的部门。"), field="name")
    _note_department(connection, authority, found, "create", ("name", "area_code"))


def change_department(
    connection: Connection, authority: Authority, department_id: int, name: str, active: bool
) -> None:
    """Rename, close or reopen a department. Raises NotFound outside the area, Conflict."""
    row = connection.execute(
        select(Department.__table__).where(Department.id == department_id)
    ).one_or_none()
    if row is None or not authority.covers([row.area_code]):
        raise NotFound()
    told = check_name(name, "name")
    taken = select(Department.id).where(Department.name == told, Department.id != department_id)
    if connection.scalar(taken) is not None:
        raise Conflict(N_("已有同名的部门。"), field="name")
    values = {"name": told, "active": active}
    saved = update(Department).where(Department.id == department_id)
    connection.execute(saved.values(version=Department.version + 1, **values))
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    _note_department(connection, authority, department_id, "change", changed)


def _known(permissions: Sequence[str]) -> list[str]:
    """In the order of the enum. Raises InvalidInput for a permission that does not exist."""
    wanted = set(permissions)
    if wanted - set(Permission):
        raise InvalidInput(N_("请选择列表中的一项。"), field="permissions")
    return [str(permission) for permission in Permission if permission in wanted]


def _note(
    connection: Connection, authority: Authority, key: str, reason: str, permissions: object
) -> None:
    names = sorted(str(name) for name in permissions)  # type: ignore[attr-defined]
    access = authority.access
    facts = {"role": key}
    record(
        connection, access, Action.ROLE_CHANGE, fields=["permissions", "title"], reason=reason, facts=facts
    )
    if names:
        record(connection, access, Action.PERMISSION_CHANGE, fields=names, reason=reason, facts=facts)


def _note_department(
    connection: Connection, authority: Authority, found: int, reason: str, fields: Sequence[str]
) -> None:
    record(
        connection,
        authority.access,
        Action.SETTING_CHANGE,
        register="departments",
        record_ids=[found],
        fields=fields,
        reason=reason,
    )
