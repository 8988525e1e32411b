"""Where the private PostgreSQL cluster of a data folder lives; reads files, starts nothing.

The place is computed from the path of the data folder and, once the cluster is made, read from
its record (`cluster.json`). A unix socket's path may have 107 bytes at most, so the socket stands
in a short folder of its own instead of deep in a checkout.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

APP_ROLE = "geoapp_app"
OWNER_ROLE = "geoapp_owner"
SUPERUSER = "postgres"
DATABASE = "geoapp"
RECORD = "cluster.json"
SERVER_USER = "postgres"


@dataclass(frozen=True)
class Place:
    """Folders of one cluster: `data` (PGDATA) and `socket`; `user` runs the server.

    `user` is None when the server runs as whoever starts it; root may not, and lends the
    cluster to the system's postgres user.
    """

    home: Path
    data: Path
    socket: Path
    user: str | None

    @classmethod
    def of(cls, home: Path) -> Place:
        """The recorded place of the cluster of `home`, or the one it would be made at."""
        try:
            record = json.loads((home / RECORD).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return cls.wanted(home)
        wanted = cls.wanted(home)
        data = Path(record["data"])
        if record["home"] == str(home):
            return cls(home, home / data, Path(record["socket"]), record["user"])
        # a copied folder must not share the other's socket, still less its data
        return wanted if data.is_absolute() else replace(wanted, data=home / data)

    @classmethod
    def wanted(cls, home: Path) -> Place:
        """Where a new cluster goes: beside the other data, its socket in a short folder."""
        root = os.geteuid() == 0
        runtime = Path("/run") if root and os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108
        name = f"geoapp-{digest(home)}" if root else f"geoapp-{os.geteuid()}-{digest(home)}"
        return cls(home, home / "pg", runtime / name, SERVER_USER if root else None)

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy URL of `database` for `role`, through the socket."""
        query = urlencode({"host": str(self.socket)}, quote_via=quote, safe="/")
        return f"postgresql+psycopg://{role}@/{database}?{query}"

    def save(self) -> None:
        """Write the record, whole or not at all."""
        inside = self.data.is_relative_to(self.home)
        data = self.data.relative_to(self.home) if inside else self.data
        record = {
            "home": str(self.home),
            "data": str(data),
            "socket": str(self.socket),
            "user": self.user,
        }
        draft = self.home / f"{RECORD}.new"
        draft.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        draft.replace(self.home / RECORD)

    @property
    def system_users(self) -> tuple[str, ...]:
        """Users of the machine who may sign in as any of our roles."""
        return tuple(dict.fromkeys((getpass.getuser(), self.user or getpass.getuser())))


def digest(home: Path) -> str:
    """A short name for a data folder."""
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:10]
