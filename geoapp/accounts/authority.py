"""What an administrator may do to whom: inside the own area, and nothing they may not hand out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, cast, func, literal, not_, or_, select
from sqlalchemy.types import BigInteger

from geoapp.accounts.models import Role, User
from geoapp.accounts.rules import may_hand_out
from geoapp.core.errors import Conflict, Forbidden, NotFound
from geoapp.core.i18n import N_
from grids_boundaries.access import Access
from grids_boundaries.keys import KEY_DIGITS, parse_code
from grids_boundaries.scope import RowScope

STALE = N_("这条记录已被他人修改，请刷新后重试。")


@dataclass(frozen=True, slots=True)
class Authority:
    """An administrator: who, where, and which permissions they hold or may hand out."""

    access: Access
    scope: RowScope
    held: frozenset[str]
    may_grant: frozenset[str]

    def hands_out(self, permissions: Iterable[str]) -> bool:
        """Whether all of these may be given (or taken) by this administrator."""
        return may_hand_out(self.held, self.may_grant, frozenset(permissions))

    def require_hands_out(self, permissions: Iterable[str], field: str) -> None:
        """Raise Forbidden for a permission that is not this administrator's to give."""
        if not self.hands_out(permissions):
            raise Forbidden(N_("不能授予或收回您自己没有的权限。"), field=field)

    def areas(self, codes: Iterable[str], field: str = "areas") -> list[str]:
        """The codes as they are stored. Raises InvalidInput, Forbidden outside the own area."""
        regions = [parse_code(code) for code in codes]
        if not regions or not all(self.scope.covers(region) for region in regions):
            raise Forbidden(N_("区域应在您自己的管辖范围之内。"), field=field)
        return [region.digits for region in regions]

    def covers(self, codes: Iterable[str]) -> bool:
        """Whether all these areas lie inside the administrator's own."""
        return all(self.scope.covers(parse_code(code)) for code in codes)

    def within(self) -> ColumnElement[bool]:
        """Users all of whose areas lie inside the administrator's own, as a condition."""
        code = func.unnest(User.area_codes).column_valued("own")
        low = cast(func.rpad(code, KEY_DIGITS, "0"), BigInteger)
        high = cast(func.rpad(code, KEY_DIGITS, "9"), BigInteger)
        inside = [(low >= lo) & (high <= hi) for lo, hi in self.scope.ranges]
        outside = not_(or_(*inside)) if inside else literal(True)
        return ~select(code).where(outside).exists()


def authority_of(connection: Connection, access: Access) -> Authority:
    """The authority of who is signed in."""
    query = select(Role.may_grant).join(User, User.role_key == Role.key)
    granted = connection.scalar(query.where(User.id == access.user_id)) or []
    return Authority(access, access.scope, access.permissions, frozenset(granted))


def find_user(connection: Connection, authority: Authority, user_id: int) -> Row[Any]:
    """A user inside the administrator's area with their role. Raises NotFound for any other."""
    query = (
        select(User.__table__, Role.title.label("role_title"), Role.permissions)
        .join(Role, Role.key == User.role_key)
        .where(User.id == user_id, authority.within())
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def user_to_change(
    connection: Connection, authority: Authority, user_id: int, version: int | None = None
) -> Row[Any]:
    """A user whom this administrator may change; the row is held until the transaction ends.

    Raises NotFound outside the area, Forbidden for oneself and for somebody who holds more than
    the administrator may hand out, Conflict for an old version.
    """
    connection.execute(select(User.id).where(User.id == user_id, authority.within()).with_for_update())
    user = find_user(connection, authority, user_id)
    if user.id == authority.access.user_id:
        raise Forbidden(N_("不能管理自己的账号，请由另一位管理员操作。"))
    authority.require_hands_out(user.permissions, "role")
    if version is not None and version != user.version:
        raise Conflict(STALE)
    return user


def role_to_give(connection: Connection, authority: Authority, key: str) -> Row[Any]:
    """A role this administrator may give. Raises NotFound, Forbidden."""
    role = connection.execute(select(Role.__table__).where(Role.key == key)).one_or_none()
    if role is None:
        raise NotFound(N_("角色“%(role)s”不存在。"), field="role", role=key)
    authority.require_hands_out({*role.permissions, *role.may_grant}, "role")
    return role
