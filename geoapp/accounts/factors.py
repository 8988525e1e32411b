"""Second factors: codes of an authenticator (TOTP, RFC 6238) and recovery codes.

A code is six digits, as typed: spaces and other digits are refused, and a time step is accepted
once, so a code that was seen is worth nothing (AU-6).
"""

from __future__ import annotations

import hmac
import re
import secrets
import time

import pyotp
import segno
from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.identity import hashed
from geoapp.accounts.models import RecoveryCode, User
from geoapp.core.clock import now
from geoapp.core.crypto import decrypt, encrypt
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

CODE = re.compile(r"[0-9]{6}", re.ASCII)
STEP = 30
"""Seconds."""
NEIGHBOURS = (0, -1, 1)
"""Steps either side whose code is accepted: clocks differ."""
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
WRONG_CODE = N_("验证码不正确或已经用过。")
ISSUER = "geoapp"


def new_secret() -> str:
    """A secret for an authenticator, 160 bits in base 32."""
    return pyotp.random_base32()


def totp_address(secret: str, username: str) -> str:
    """What an authenticator reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def picture_of(address: str) -> str:
    """The address as a picture, for `src` (a data URI of an SVG)."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=2)


def step_of(secret: str, code: str, moment: float) -> int | None:
    """The time step whose code this is, or None. `moment` in seconds since 1970."""
    if not CODE.fullmatch(code):
        return None
    own = pyotp.TOTP(secret)
    present = int(moment // STEP)
    for step in (present + neighbour for neighbour in NEIGHBOURS):
        if hmac.compare_digest(own.generate_otp(step), code):
            return step
    return None


def confirm_totp(connection: Connection, user_id: int, secret: str, code: str) -> list[str]:
    """Store a secret whose first code is right; fresh recovery codes. Raises InvalidInput."""
    step = step_of(secret, code, time.time())
    if step is None:
        raise InvalidInput(WRONG_CODE, field="code")
    cell = encrypt(secret, _place(user_id))
    saved = update(User).where(User.id == user_id)
    connection.execute(saved.values(totp_secret=cell, totp_step=step))
    return renew_recovery_codes(connection, user_id)


def drop_totp(connection: Connection, user_id: int) -> None:
    """Forget the authenticator; recovery codes go with it."""
    saved = update(User).where(User.id == user_id)
    connection.execute(saved.values(totp_secret=None, totp_step=None))
    connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def has_totp(connection: Connection, user_id: int) -> bool:
    """Whether an authenticator is set up."""
    return connection.scalar(select(User.totp_secret).where(User.id == user_id)) is not None


def use_code(connection: Connection, user_id: int, code: str) -> None:
    """Accept a code of the authenticator or a recovery code, once. Raises InvalidInput."""
    if not (_use_totp(connection, user_id, code) or _use_recovery(connection, user_id, code)):
        raise InvalidInput(WRONG_CODE, field="code")


def renew_recovery_codes(connection: Connection, user_id: int) -> list[str]:
    """Ten new codes, shown once; the old ones are void."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": hashed(code)} for code in codes]
    connection.execute(insert(RecoveryCode), rows)
    return codes


def recovery_codes_left(connection: Connection, user_id: int) -> int:
    """How many are unused."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return int(connection.scalar(query) or 0)


def _use_totp(connection: Connection, user_id: int, code: str) -> bool:
    cell = connection.scalar(select(User.totp_secret).where(User.id == user_id))
    step = step_of(decrypt(cell, _place(user_id)), code, time.time()) if cell else None
    if step is None:
        return False
    unused = or_(User.totp_step.is_(None), User.totp_step < step)
    taken = update(User).where(User.id == user_id, unused).values(totp_step=step)
    return connection.execute(taken).rowcount == 1


def _use_recovery(connection: Connection, user_id: int, code: str) -> bool:
    taken = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == hashed(code),
        RecoveryCode.used_at.is_(None),
    )
    return connection.execute(taken.values(used_at=now())).rowcount == 1


def _recovery_code() -> str:
    """Three groups of five, 74 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))


def _place(user_id: int) -> str:
    return f"app_user.totp_secret.{user_id}"
