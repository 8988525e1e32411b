"""What an administrator changed of the code lists and numbers. No area: they are the same everywhere."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class DictionaryItem(Base):
    """A code that was added, or whose words, place or use were changed."""

    __tablename__ = "dictionary_item"

    dictionary: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger)
    retired: Mapped[bool] = mapped_column(Boolean)


class DictionaryNumber(Base):
    """A number that was set to another value than its default."""

    __tablename__ = "dictionary_number"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


class DictionaryVersion(Base):
    """One row; its number grows with every change."""

    __tablename__ = "dictionary_version"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
