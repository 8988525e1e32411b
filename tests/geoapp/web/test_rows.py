"""Rows of a list: every value is escaped, regions have names, what is empty says so."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.web.factory import create_app
from tests.support.web import sign_in

AS_LIST = {"HX-Request": "true", "HX-Target": "list"}
NASTY = "<b>&\"'%s%%\ue000</b>"


@pytest.mark.parametrize("name", ["houses", "buildings", "residents", "sites", "organisations", "regions"])
def test_a_list_has_a_cell_for_each_heading_in_every_row(city_settings, city, name):
    page = sign_in(create_app(city_settings), "community").get(f"/registers/{name}?limit=20", headers=AS_LIST).text
    rows = re.findall(r"<tr role=\"row\" class=\"row\".*?</tr>", page, re.S)
    headings = len(re.findall(r"<th scope=\"col\"", page))
    assert len(rows) == 20 or f'data-total="{len(rows)}"' in page
    assert {len(re.findall(r"<t[hd] role", row)) for row in rows} == {headings}
    assert "\ue000" not in page and "%s" not in page


def test_a_value_is_text_whatever_signs_it_holds(own_city):
    with owner_transaction() as connection:
        connection.execute(text("UPDATE house SET address = :nasty"), {"nasty": NASTY})
    page = sign_in(create_app(), "director").get("/registers/houses", headers=AS_LIST).text
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&amp;&#34;&#39;%s%%\ue000&lt;/b&gt;") >= 50


def test_a_list_names_regions_and_keeps_their_codes(city_settings, city):
    page = sign_in(create_app(city_settings), "community").get("/registers/houses", headers=AS_LIST).text
    named = re.findall(r'<span title="(\d{12,15})">([^<]+)</span>', page)
    assert len(named) == len(re.findall("data-record=", page)) > 20
    assert all(re.search(r"网格", name) for _, name in named)


def test_what_is_not_known_says_so(city_settings, city):
    page = sign_in(create_app(city_settings), "community").get("/registers/residents?position=none", headers=AS_LIST)
    assert '<span class="sr-only">未填写</span>' in page.text
