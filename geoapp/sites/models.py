"""Key sites: places with a safety concern (A7.2 to A7.7)."""

from __future__ import annotations

from sqlalchemy import BigInteger, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, PointLocated, Recorded


class Site(InCounty, PointLocated, Recorded, Base):
    """A place; `attention_level` 0 not rated, 1 normal, 2 medium, 3 serious (A7.3, D3.5)."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('site_id_seq')")
    )
    source_id: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text, server_default="other")
    attention_level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    level_origin: Mapped[str | None] = mapped_column(Text)
