"""Links to photos: for one reader, for ten minutes, so that an address passed on opens nothing."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner

from geoapp.core.errors import NotFound
from geoapp.core.settings import get_settings

SECONDS = 600


@dataclass(frozen=True)
class PhotoLinks:
    """Links to the photos of one table; `salt` keeps its numbers apart from another's."""

    salt: str

    def key(self, photo_id: int, user_id: int | None) -> str:
        """What opens one photo for one reader, for SECONDS."""
        return self._signer().sign(f"{photo_id}.{user_id}").decode()

    def check(self, photo_id: int, user_id: int | None, key: str) -> None:
        """Raises NotFound for a key that is too old, changed, or of another photo or reader."""
        try:
            signed = self._signer().unsign(key, max_age=SECONDS).decode()
        except BadSignature as error:
            raise NotFound() from error
        if signed != f"{photo_id}.{user_id}":
            raise NotFound()

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(get_settings().key("session"), salt=self.salt)
