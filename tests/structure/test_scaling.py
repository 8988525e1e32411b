"""The schema's promises to docs/scaling.md: the county is in every key of the big tables."""

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_engine

BIG = ("building", "house", "household", "resident", "residence", "site", "organisation", "site_inspection", "site_photo",
       "enrolment", "service_record", "service_recipient", "service_photo")  # fmt: skip


@pytest.fixture
def owner(city):
    with owner_engine().connect() as connection:
        yield connection


@pytest.mark.parametrize("table", BIG)
def test_a_big_table_is_partitioned_by_county(owner, table):
    found = owner.scalar(text("SELECT pg_get_partkeydef(CAST(:t AS regclass))"), {"t": table})
    assert found == "LIST (county_code)"


@pytest.mark.parametrize("table", BIG)
def test_every_key_of_a_big_table_holds_the_county(owner, table):
    keys = owner.execute(text(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = CAST(:t AS regclass) AND indisunique"
    ), {"t": table}).scalars().all()  # fmt: skip
    links = owner.execute(text(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:t AS regclass) AND contype = 'f'"
    ), {"t": table}).scalars().all()  # fmt: skip
    assert keys
    assert [k for k in [*keys, *links] if "county_code" not in k] == []


def test_no_trigger_does_work_of_ours(owner):
    """Only the audit log has any: they refuse changes (D3.6), they make none."""
    tables = owner.scalars(text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")).all()
    assert [name for name in tables if not name.startswith("audit_")] == []


def test_a_county_gets_its_partitions_with_policies(owner):
    owner.execute(text("SELECT ensure_county('510107')"))
    rows = owner.execute(text(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AS held FROM pg_class WHERE relname LIKE '%\\_510107' AND relkind = 'r'"
    )).all()  # fmt: skip
    assert {r.relname.removesuffix("_510107") for r in rows} == set(BIG)
    assert all(r.held for r in rows)
    owner.rollback()
