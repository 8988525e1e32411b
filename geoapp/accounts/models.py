"""Users, roles as data, sessions and API tokens. Secrets are stored as hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Identity,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, cell

MOMENT = DateTime(timezone=True)
OF_USER = "app_user.id"


class Role(Base):
    """A named set of permissions (`geoapp.accounts.permissions.Permission` values).

    `may_grant` are permissions its holders may give to others without using them themselves; a
    `system` role may be edited but its key is known to the installation; `given` is what it was made
    from (`geoapp.accounts.following`).
    """

    __tablename__ = "role"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    may_grant: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    system: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    given: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Department(Base):
    """A body that users belong to, in the area it works for."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    area_code: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class User(Base):
    """A person who signs in. `area_codes` are region codes whose subtrees they see.

    Without `password_hash` they were invited and have not come yet, or sign in elsewhere
    (`sso_subject`). `totp_step` is the last time step whose code was used (RFC 6238).
    """

    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    role_key: Mapped[str] = mapped_column(Text, ForeignKey("role.key"))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    department_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("department.id"))
    locale: Mapped[str] = mapped_column(Text, server_default="zh")
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    sso_subject: Mapped[str | None] = mapped_column(Text, unique=True)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("totp_secret"))
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    last_seen_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Session(Base):
    """A signed-in browser; the cookie holds the token, this row its SHA-256.

    `confirmed_at` is when the person last proved who they are. `stand_in_id` is set while they
    act for somebody else, `preview_*` while they look through the eyes of a role.
    """

    __tablename__ = "app_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), unique=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    csrf_token: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    confirmed_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    revoked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    stand_in_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("stand_in.id", ondelete="SET NULL")
    )
    preview_role: Mapped[str | None] = mapped_column(
        Text, ForeignKey("role.key", ondelete="SET NULL")
    )
    preview_area: Mapped[str | None] = mapped_column(Text)
    preview_until: Mapped[datetime | None] = mapped_column(MOMENT)


class ApiToken(Base):
    """A personal read-only token for desktop clients: scoped, expiring, stored hashed."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    registers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    revoked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    last_used_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ProgrammeRole(Base):
    """A programme opened to a user in an area until a day (D3.3)."""

    __tablename__ = "programme_role"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    programme: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str] = mapped_column(Text)
    ends_at: Mapped[datetime] = mapped_column(MOMENT)
    granted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(OF_USER))
    granted_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())


class StandIn(Base):
    """`deputy` may act for `absent` between two moments; an early end moves `ends_at`."""

    __tablename__ = "stand_in"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    absent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    deputy_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(MOMENT)
    ends_at: Mapped[datetime] = mapped_column(MOMENT)
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(OF_USER))
    made_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())


class AccountLink(Base):
    """A one-time link by which a person sets a password: an invitation or a reset."""

    __tablename__ = "account_link"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(OF_USER))
    made_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    used_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Passkey(Base):
    """A WebAuthn credential of a user; only its public key is here."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(MOMENT)


class RecoveryCode(Base):
    """One of the codes for the day the second factor is lost; each works once."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(OF_USER, ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(MOMENT)


class SignInStep(Base):
    """What must be remembered between two requests of a sign-in; taken out when used."""

    __tablename__ = "sign_in_step"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, str]] = mapped_column(JSONB)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)


class RateCount(Base):
    """How often something was done in a period; the key is a hash of what and by whom."""

    __tablename__ = "rate_count"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    period: Mapped[datetime] = mapped_column(MOMENT)
    used: Mapped[int]
