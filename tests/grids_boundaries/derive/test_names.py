import pytest

from grids_boundaries.derive.names import community_name, match_community, stem

QINGHUAYUAN = [
    "东楼社区居委会", "南楼社区居委会", "西楼社区居委会", "北区社区居委会", "西南社区居委会",
    "西北社区居委会", "蓝旗营社区居委会", "荷清苑社区居委会",
]  # fmt: skip


@pytest.mark.parametrize(
    ("official", "name", "root"),
    [
        ("东楼社区居委会", "东楼社区", "东楼"),
        ("柳林村委会", "柳林村", "柳林"),
        ("唐家岭村村委会", "唐家岭村", "唐家岭"),
        ("八家社区", "八家社区", "八家"),
        ("温泉镇社区居民委员会", "温泉镇社区", "温泉镇"),
    ],
)
def test_the_place_behind_the_committee(official, name, root):
    assert (community_name(official), stem(official)) == (name, root)


@pytest.mark.parametrize(
    ("place", "official"),
    [
        ("蓝旗营12号楼", "蓝旗营社区居委会"),
        ("荷清苑教师住宅区", "荷清苑社区居委会"),
        ("清华大学西北小区", "西北社区居委会"),
        ("西44楼", "西楼社区居委会"),
        ("南0楼", "南楼社区居委会"),
        ("西南15", "西南社区居委会"),
        ("东主楼", None),
        ("西校门", None),
        ("", None),
        (None, None),
    ],
)
def test_a_place_name_finds_the_community_it_repeats(place, official):
    assert match_community(place, QINGHUAYUAN) == official


def test_a_name_that_fits_two_equally_fits_none():
    assert match_community("新城旧城之间", ["新城社区", "旧城社区"]) is None
