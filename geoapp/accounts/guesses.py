"""How often a password may be guessed, without locking its owner out (AU-4).

No account is ever closed by wrong passwords. Guesses are counted for the name, for the address
they come from and for both together; a right password is not counted. A browser in which the
person has signed in before carries a signed mark and has a count of its own, so whoever guesses
elsewhere does not stand in its way. Counts are by name, known or not: nothing can be told apart.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from geoapp.accounts.limits import Rate, give_back, refuse_known, take
from geoapp.core.errors import TooManyRequests
from geoapp.core.settings import get_settings

DEVICE_DAYS = 180
MOST_NAMES = 5
QUARTER = 900
PER_PAIR = Rate("sign-in-pair", 10, QUARTER)
PER_NAME = Rate("sign-in-name", 50, QUARTER)
PER_ADDRESS = Rate("sign-in-address", 50, QUARTER)
PER_DEVICE = Rate("sign-in-device", 10, QUARTER)
PER_FACTOR = Rate("second-factor", 5, QUARTER)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser's mark: its number and hashes of the names that signed in there last."""

    number: str
    names: tuple[str, ...] = ()

    def knows(self, username: str) -> bool:
        """Whether this name signed in here before."""
        return _short(username) in self.names

    def with_name(self, username: str) -> Device:
        """The mark after a sign-in."""
        others = tuple(name for name in self.names if name != _short(username))
        return Device(self.number, (_short(username), *others)[:MOST_NAMES])


def read_device(mark: str | None) -> Device:
    """The device of a cookie, a new one where the mark is missing, old or not ours."""
    try:
        number, *names = _signer().loads(mark or "", max_age=DEVICE_DAYS * 86_400)
    except (BadSignature, ValueError):
        return Device(secrets.token_urlsafe(12))
    return Device(number, tuple(names))


def write_device(device: Device) -> str:
    """The signed mark."""
    return _signer().dumps([device.number, *device.names])


def count_guess(username: str, address: str, device: Device) -> list[tuple[Rate, str]]:
    """Count a guess before it is evaluated; what was counted, for `take_back`.

    Raises TooManyRequests with the minutes to wait.
    """
    if device.knows(username):
        wanted = [(PER_DEVICE, f"{device.number}|{username}")]
    else:
        pair = (PER_PAIR, f"{username}|{address}")
        wanted = [pair, (PER_ADDRESS, address), (PER_NAME, username)]
    for rate, subject in wanted:
        refuse_known(rate, subject)  # before anything is counted: a flood asks the database nothing
    counted: list[tuple[Rate, str]] = []
    try:
        for rate, subject in wanted:
            take(rate, subject)
            counted.append((rate, subject))
    except TooManyRequests:
        take_back(counted)
        raise
    return counted


def take_back(counted: list[tuple[Rate, str]]) -> None:
    """The password was right, or was never looked at."""
    for rate, subject in counted:
        give_back(rate, subject)


def _short(username: str) -> str:
    return hashlib.sha256(username.encode()).hexdigest()[:12]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_settings().key("session"), salt="geoapp.device")
