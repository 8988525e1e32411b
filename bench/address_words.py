"""Names and ways of writing of the addresses of `bench.addresses`; roads of Shanghai are OpenStreetMap's (ODbL)."""

from __future__ import annotations

SHANGHAI = (
    "世纪大道", "丰和路", "浦东南路", "陆家嘴环路", "陆家嘴西路", "陆家嘴东路", "银城中路", "银城东路", "中山东一路",
    "中山东二路", "金陵东路", "北苏州路", "南苏州路", "四川北路", "四川中路", "四川南路", "塘沽路", "黄浦路", "东方路",
    "张杨路", "延安东路", "广东路", "江西中路", "江西南路", "福州路", "九江路", "南京东路", "汉口路", "河南中路",
    "河南南路", "东长治路", "长治路", "沙市一路", "沙市二路",
)  # fmt: skip
OLD = {
    "成府路": "成府街", "学清路": "学院北路", "双清路": "清华园东街", "四川中路": "江西路", "延安东路": "洋泾浜路",
    "福州路": "四马路",
}  # fmt: skip
ALLEYS = (
    "前海", "后海", "烟袋斜街", "豆腐池", "南锣鼓巷", "东棉花", "西棉花", "福祥", "雨儿", "蓑衣", "帽儿", "景阳",
    "沙井", "黑芝麻", "前圆恩寺", "后圆恩寺",
)  # fmt: skip
TOWERS = (
    "国金中心", "汇丰银行大楼", "远洋大厦", "东升大厦", "创业大厦", "学研大厦", "金码大厦", "艺海大厦", "威新国际大厦",
    "华联创新大厦", "中融碧玉蓝天大厦", "黄金置地大厦",
)  # fmt: skip
FLATS = tuple(f"{storey}0{door}" for storey in range(1, 7) for door in (1, 2))
SIGNS = "青清园苑景源圆庄张章廷亭珠竹明名华花林琳"
"""Signs a hand writes instead of another."""
CHINESE = "零一二三四五六七八九"
WAYS: dict[str, tuple[str, ...]] = {
    "before": ("", "", "city", "county", "street", "community", "committee"),
    "digits": ("plain", "plain", "plain", "wide", "chinese"),
    "building": ("own", "own", "own", "栋", "幢", "#", "号", "楼", "号楼", "-"),
    "unit": ("单元", "单元", "单元", "门", "-", "none"),
    "room": ("室", "室", "", "号", "户", "房", "none", "none"),
    "joint": ("", "", "", "", " ", "，", "()"),
    "estate": ("own", "own", "小区", "bare", "社区"),
    "court": ("院", "号院", "大院", "none"),
    "left_out": ("", "", "", "road", "estate", "phase"),
    "phase": ("期", "期", "Ⅰ期", "第期"),
    "more": ("",) * 12 + ("底商", "old", "near", "旁边", "对面", "附近", "东侧", "之一", "附"),
    "slip": ("",) * 10 + ("sign", "lost", "number", "甲", "phase", "side", "old", "room"),
}
NOT_THERE = {"旁边", "对面", "附近", "东侧"}
"""Said of a place it is near, not in."""
