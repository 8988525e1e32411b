"""Passkeys (WebAuthn): a key in the person's device signs our challenge for our address alone.

The step that holds a challenge is taken out before its answer is looked at: it works once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from geoapp.accounts.models import Passkey, User
from geoapp.accounts.rules import check_name
from geoapp.accounts.steps import Step, keep_step
from geoapp.core.clock import now
from geoapp.core.errors import InvalidInput, NotSignedIn
from geoapp.core.i18n import N_

MOST = 10
REFUSED = N_("通行密钥未被接受，请重试。")
PRODUCT = "geoapp"


class Site:
    """Where we are: the origin browsers name, and its host, for which keys are made."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self.host = self.origin.split("://", 1)[1].rsplit(":", 1)[0]


def ask_to_register(connection: Connection, site: Site, user_id: int) -> tuple[str, str]:
    """Options for the browser (JSON) and the secret of the step that expects the answer."""
    user = connection.execute(
        select(User.username, User.display_name).where(User.id == user_id)
    ).one()
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=PRODUCT,
        user_id=str(user_id).encode(),
        user_name=user.username,
        user_display_name=user.display_name,
        exclude_credentials=_known(connection, user_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    challenge = bytes_to_base64url(options.challenge)
    step = keep_step(connection, "passkey-new", user_id, challenge=challenge)
    return options_to_json(options), step


def register(
    connection: Connection, site: Site, user_id: int, asked: Step, answer: dict[str, Any], name: str
) -> None:
    """Keep the key the browser made. Raises InvalidInput, also for another origin (AU-6)."""
    told = check_name(name, "name")
    if asked.user_id != user_id or len(list_passkeys(connection, user_id)) >= MOST:
        raise InvalidInput(REFUSED)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked.facts["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(REFUSED) from error
    row = {
        "user_id": user_id,
        "name": told,
        "credential_id": made.credential_id,
        "public_key": made.credential_public_key,
        "sign_count": made.sign_count,
    }
    saved = insert(Passkey).values(**row).on_conflict_do_nothing().returning(Passkey.id)
    if connection.scalar(saved) is None:
        raise InvalidInput(REFUSED)


def ask_to_prove(connection: Connection, site: Site, user_id: int | None) -> tuple[str, str]:
    """Options for the browser (JSON) and the step; without a user, any key of this site may answer."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_known(connection, user_id) if user_id else [],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    challenge = bytes_to_base64url(options.challenge)
    return options_to_json(options), keep_step(
        connection, "passkey-use", user_id, challenge=challenge
    )


def prove(connection: Connection, site: Site, asked: Step, answer: dict[str, Any]) -> int:
    """Whose key answered. Raises NotSignedIn: unknown key, other origin, used challenge (AU-6)."""
    try:
        key = _key(connection, base64url_to_bytes(str(answer.get("rawId", ""))))
        if key is None or (asked.user_id is not None and key.user_id != asked.user_id):
            raise NotSignedIn(REFUSED)
        proof = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked.facts["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn(REFUSED) from error
    used = update(Passkey).where(Passkey.id == key.id)
    connection.execute(used.values(sign_count=proof.new_sign_count, last_used_at=now()))
    return int(key.user_id)


def list_passkeys(connection: Connection, user_id: int) -> list[Row[Any]]:
    """A user's keys, the oldest first."""
    query = select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.last_used_at)
    return list(connection.execute(query.where(Passkey.user_id == user_id).order_by(Passkey.id)))


def remove(connection: Connection, user_id: int, passkey_id: int) -> bool:
    """Forget one of the user's keys; whether it was there."""
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id)
    return connection.execute(gone).rowcount == 1


def _known(connection: Connection, user_id: int) -> list[PublicKeyCredentialDescriptor]:
    ids = connection.execute(
        select(Passkey.credential_id).where(Passkey.user_id == user_id)
    ).scalars()
    return [PublicKeyCredentialDescriptor(id=bytes(one)) for one in ids]


def _key(connection: Connection, credential_id: bytes) -> Any:
    query = (
        select(Passkey.id, Passkey.user_id, Passkey.public_key, Passkey.sign_count)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, User.active)
    )
    return connection.execute(query).one_or_none()
