"""Rows as packed numbers: what `cells` and `blocks` keep, and numpy reads without a look at each row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.dialects.postgresql import aggregate_order_by


def packed(numbers: Sequence[ColumnElement], order: Sequence[ColumnElement]) -> ColumnElement[bytes]:
    """The numbers of all rows of a group one behind the other, the rows in this order.

    `numbers` are bytes already, in the order of the network: func.int4send(x) and its like.
    """
    row = reduce(lambda left, right: left.op("||")(right), numbers)
    return func.string_agg(row, aggregate_order_by(literal(b""), *order))
