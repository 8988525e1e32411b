"""What an administrator does with users. Callers own the transaction; each change is audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts import links
from geoapp.accounts.actions import end_everything
from geoapp.accounts.authority import Authority, role_to_give, user_to_change
from geoapp.accounts.models import Department, ProgrammeRole, Role, StandIn, User
from geoapp.accounts.rules import check_name, check_programme, check_username
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from grids_boundaries.keys import parse_code

PAGE = 50
REGISTER = "users"


@dataclass(frozen=True, slots=True)
class Person:
    """What is written of a user by an administrator."""

    display_name: str
    role: str
    areas: Sequence[str]
    department: int | None = None
    sso_subject: str | None = None


def list_users(
    connection: Connection, authority: Authority, text: str = "", after: str = "", state: str = ""
) -> list[Row[Any]]:
    """Users inside the administrator's area by name, one page and one more row."""
    query = (
        select(
            User.__table__,
            Role.title.label("role_title"),
            Role.permissions,
            Department.name.label("department"),
        )
        .join(Role, Role.key == User.role_key)
        .outerjoin(Department, Department.id == User.department_id)
        .where(authority.within())
        .order_by(User.username)
        .limit(PAGE + 1)
    )
    if text:
        named = (
            User.username.icontains(text, autoescape=True),
            User.display_name.icontains(text, autoescape=True),
        )
        query = query.where(or_(*named))
    if after:
        query = query.where(User.username > after)
    if state in ("on", "off"):
        query = query.where(User.active.is_(state == "on"))
    return list(connection.execute(query))


def invite(
    connection: Connection, authority: Authority, username: str, person: Person
) -> tuple[int, str]:
    """A new user and the secret of the one-time link by which they set a password.

    Raises InvalidInput, Forbidden, Conflict where the name is in use anywhere.
    """
    values = _values(connection, authority, person)
    created = insert(User).values(username=check_username(username), **values)
    user_id = connection.scalar(created.on_conflict_do_nothing().returning(User.id))
    if user_id is None:
        raise Conflict(N_("账号或单点登录标识已被使用。"), field="username")
    _note(connection, authority, user_id, "invite", ("username", *values))
    secret = links.make_link(connection, user_id, "invite", authority.access.user_id)
    return user_id, secret


def change(
    connection: Connection, authority: Authority, user_id: int, version: int, person: Person
) -> list[str]:
    """Write what changed; names of the fields. A new role or area ends what the old one opened."""
    user = user_to_change(connection, authority, user_id, version)
    values = _values(connection, authority, person)
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    if not changed:
        return []
    _save(connection, user_id, {name: values[name] for name in changed})
    if {"role_key", "area_codes"} & set(changed):
        end_everything(connection, user_id)
        _end_grants(connection, user_id, keep_areas=values["area_codes"])
    _note(connection, authority, user_id, None, changed)
    return changed


def disable(connection: Connection, authority: Authority, user_id: int) -> None:
    """Close an account: sessions, tokens, links, stand-ins and programme roles end at once."""
    user_to_change(connection, authority, user_id)
    _save(connection, user_id, {"active": False})
    end_everything(connection, user_id)
    _end_grants(connection, user_id, keep_areas=[])
    _note(connection, authority, user_id, "disable", ("active",))


def enable(connection: Connection, authority: Authority, user_id: int) -> None:
    """Open an account again; what was ended stays ended."""
    user_to_change(connection, authority, user_id)
    _save(connection, user_id, {"active": True})
    _note(connection, authority, user_id, "enable", ("active",))


def reset(connection: Connection, authority: Authority, user_id: int, factors: bool) -> str:
    """A one-time link for a new password; with `factors` the second factors go, too."""
    user_to_change(connection, authority, user_id)
    end_everything(connection, user_id)
    fields = ["password"]
    if factors:
        links.drop_factors(connection, user_id)
        fields += ["totp", "passkeys"]
    _note(connection, authority, user_id, "reset", fields)
    return links.make_link(connection, user_id, "reset", authority.access.user_id)


def invite_again(connection: Connection, authority: Authority, user_id: int) -> str:
    """A fresh invitation; the older link is void. The secret."""
    user_to_change(connection, authority, user_id)
    _note(connection, authority, user_id, "invite", ())
    return links.make_link(connection, user_id, "invite", authority.access.user_id)


def grant_programme(
    connection: Connection,
    authority: Authority,
    user_id: int,
    programme: str,
    area: str,
    ends_at: datetime,
) -> None:
    """Open a programme to a user in an area until a moment; a second time moves the end."""
    user = user_to_change(connection, authority, user_id)
    if ends_at <= now():
        raise InvalidInput(N_("结束日期应在今天之后。"), field="ends_at")
    (code,) = authority.areas([area], "area")
    if not any(code.startswith(own) for own in user.area_codes):
        raise InvalidInput(N_("区域应在该用户的管辖范围之内。"), field="area")
    row = {
        "user_id": user_id,
        "programme": check_programme(programme),
        "area_code": code,
        "ends_at": ends_at,
        "granted_by": authority.access.user_id,
    }
    saved = insert(ProgrammeRole).values(**row)
    again = {"ends_at": ends_at, "granted_by": authority.access.user_id, "granted_at": func.now()}
    connection.execute(
        saved.on_conflict_do_update(index_elements=["user_id", "programme", "area_code"], set_=again)
    )
    facts, area_key = {"programme": programme}, parse_code(code).lo
    _note(connection, authority, user_id, "grant", ("programmes",), facts, area_key)


def end_programme(connection: Connection, authority: Authority, grant_id: int) -> int:
    """End a programme role now; the user's id. Raises NotFound."""
    grant = connection.execute(
        select(ProgrammeRole.user_id, ProgrammeRole.programme).where(ProgrammeRole.id == grant_id)
    ).one_or_none()
    if grant is None:
        raise NotFound()
    user_to_change(connection, authority, grant.user_id)
    ended = update(ProgrammeRole).where(ProgrammeRole.id == grant_id)
    connection.execute(ended.values(ends_at=func.least(ProgrammeRole.ends_at, now())))
    facts = {"programme": grant.programme}
    _note(connection, authority, grant.user_id, "withdraw", ("programmes",), facts)
    return int(grant.user_id)


def programme_roles(connection: Connection, user_id: int) -> list[Row[Any]]:
    """A user's programme roles that have not ended."""
    query = select(ProgrammeRole.__table__).where(
        ProgrammeRole.user_id == user_id, ProgrammeRole.ends_at > func.now()
    )
    return list(connection.execute(query.order_by(ProgrammeRole.programme, ProgrammeRole.id)))


def _values(connection: Connection, authority: Authority, person: Person) -> dict[str, Any]:
    role_to_give(connection, authority, person.role)
    if person.department is not None:
        found = connection.scalar(
            select(Department.id).where(Department.id == person.department, Department.active)
        )
        if found is None:
            raise InvalidInput(N_("请选择列表中的一项。"), field="department")
    return {
        "display_name": check_name(person.display_name, "display_name"),
        "role_key": person.role,
        "area_codes": authority.areas(person.areas),
        "department_id": person.department,
        "sso_subject": person.sso_subject or None,
    }


def _save(connection: Connection, user_id: int, values: dict[str, Any]) -> None:
    saved = update(User).where(User.id == user_id)
    connection.execute(saved.values(version=User.version + 1, **values))


def _end_grants(connection: Connection, user_id: int, keep_areas: Sequence[str]) -> None:
    """Stand-ins for and by the user, and programme roles outside of `keep_areas`, end now."""
    moment = now()
    theirs = or_(StandIn.absent_id == user_id, StandIn.deputy_id == user_id)
    ended = {
        "ends_at": func.least(StandIn.ends_at, moment),
        "starts_at": func.least(StandIn.starts_at, moment),
    }
    connection.execute(update(StandIn).where(theirs, StandIn.ends_at > moment).values(**ended))
    grants = update(ProgrammeRole).where(
        ProgrammeRole.user_id == user_id, ProgrammeRole.ends_at > moment
    )
    inside = [ProgrammeRole.area_code.startswith(code) for code in keep_areas]
    if inside:
        grants = grants.where(~or_(*inside))
    connection.execute(grants.values(ends_at=moment))


def _note(
    connection: Connection,
    authority: Authority,
    user_id: int,
    reason: str | None,
    fields: Sequence[str],
    facts: dict[str, str] | None = None,
    area_key: int | None = None,
) -> None:
    record(
        connection,
        authority.access,
        Action.USER_CHANGE,
        register=REGISTER,
        record_ids=[user_id],
        fields=fields,
        area_key=area_key,
        reason=reason,
        facts=facts,
    )
