"""Which column is which field."""

from __future__ import annotations

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading import base, buildings, houses, regions, sites
from geoapp.loading.mapping import Wanted, map_fields, plain

FIELDS = (
    Wanted("code", ("code12", "code9", "区划代码"), required=True),
    Wanted("name", ("名称", "mc")),
    Wanted("storeys", ("levels", "buildinglevels", "层数")),
)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["NAME", "Code"], {"code": "Code", "name": "NAME"}),
        (["id", "code9_2023", "code12_2023", "name", "name_2023"], {"code": "code12_2023", "name": "name"}),
        (["区划代码", "名称", "building:levels"], {"code": "区划代码", "name": "名称", "storeys": "building:levels"}),
        (["code", "code12", "x"], {"code": "code"}),
    ],
)
def test_usual_names_are_known_the_best_first(columns, found):
    assert map_fields(FIELDS, columns, {}) == found


def test_the_caller_has_the_last_word_and_a_column_may_serve_twice():
    given = {"name": "code", "code": "code"}
    assert map_fields(FIELDS, ["code", "name"], given) == {"code": "code", "name": "code"}


@pytest.mark.parametrize(
    ("given", "words"), [({"colour": "name"}, "code, name, storeys"), ({"name": "Nam"}, "code, name"), ({}, "--field")]
)
def test_what_does_not_exist_is_told_with_what_does(given, words):
    columns = ["code", "name"] if given else ["foo"]
    with pytest.raises(InvalidInput) as caught:
        map_fields(FIELDS, columns, given)
    assert caught.value.field == "fields"
    assert words in caught.value.message("zh")


@pytest.mark.parametrize("module", [base, buildings, houses, regions, sites])
def test_aliases_are_written_as_they_are_compared_and_belong_to_one_field_first(module):
    fields = module.Target.fields
    for one in fields:
        assert all(plain(alias) == alias for alias in one.aliases), one
    assert len({one.name for one in fields}) == len(fields)
