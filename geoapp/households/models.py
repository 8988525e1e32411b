"""Households by police register (`hukou`) and by local family (A3.10, A3.13)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, Recorded


class Household(InCounty, Recorded, Base):
    """Members point here by `household_id`; `head_id` is one of them."""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('household_id_seq')")
    )
    kind: Mapped[str] = mapped_column(Text, server_default="hukou")
    number: Mapped[str] = mapped_column(Text)
    head_id: Mapped[int | None] = mapped_column(BigInteger)
