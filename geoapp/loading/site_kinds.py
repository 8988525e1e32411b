"""Categories of places: words of OpenStreetMap and of Chinese lists, and the kind of key site.

Which category is watched as what follows A7.4 to A7.7: hotels and entertainment are
places of public order (A7.5), markets, hospitals and crowded halls of fire safety (A7.6), works
and fuel of work safety (A7.4); what is none of these is `other`. A `kind` in the file wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

WORDS = {
    "school": "school university college kindergarten language_school driving_school music_school "
    "childcare prep_school training 学校 幼儿园 大学 中学 小学 托育 培训机构",
    "medical": "hospital clinic doctors pharmacy dentist veterinary nursing_home "
    "医院 诊所 卫生服务站 药店 养老院 卫生院",
    "lodging": "hotel hostel motel guest_house apartment 宾馆 酒店 旅馆 招待所 民宿",
    "market": "marketplace mall supermarket department_store greengrocer wholesale "
    "商场 集贸市场 批发市场 超市 菜市场",
    "catering": "restaurant fast_food cafe food_court ice_cream bakery tea canteen "
    "饭店 餐厅 食堂 小吃 咖啡馆",
    "shop": "convenience clothes books hairdresser kiosk jewelry electronics computer mobile_phone "
    "laundry copyshop optician bicycle beauty stationery shop 便利店 理发 书店 商铺",
    "fuel": "charging_station gas 加油站 加气站 充电站",
    "government": "townhall police post_office courthouse fire_station post_box embassy "
    "public_building community_centre 政府 派出所 邮局 法院 居委会",
    "finance": "bank atm bureau_de_change insurance 银行 信用社",
    "entertainment": "cinema bar pub nightclub karaoke_box internet_cafe casino theme_park "
    "amusement_arcade 影院 网吧 歌舞厅 酒吧 棋牌室 KTV",
    "culture": "library museum theatre arts_centre place_of_worship monument memorial artwork "
    "attraction viewpoint gallery information 图书馆 博物馆 剧院 景点",
    "sports": "sports_centre stadium pitch swimming_pool fitness_centre park playground garden "
    "golf_course 体育馆 公园 健身房 球场",
    "transport": "parking bus_stop bus_station subway_entrance station taxi bicycle_rental "
    "bicycle_parking tram_stop platform ferry_terminal helipad traffic_signals parking_entrance "
    "车站 停车场 码头 地铁站 公交站",
    "sanitation": "toilets waste_disposal recycling waste_basket waste_transfer_station "
    "公共厕所 垃圾站 垃圾转运站",
    "company": "company office industrial works factory it research 公司 工厂 企业 厂矿",
    "construction_site": "construction 在建工地 施工现场",
    "other": "gate communications_tower tower",
}
"""Our category to the words that mean it."""
CATEGORIES = {word: category for category, words in WORDS.items() for word in words.split()}

KINDS = {
    "school": "school",
    "lodging": "public_order",
    "entertainment": "public_order",
    "medical": "fire_safety",
    "market": "fire_safety",
    "culture": "fire_safety",
    "fuel": "work_safety",
    "company": "work_safety",
    "construction_site": "work_safety",
}
"""Category to kind of key site; any other is `other`."""

LEVELS = {
    "0": 0, "未评级": 0, "1": 1, "一般": 1, "normal": 1, "green": 1, "绿": 1, "绿色": 1,
    "2": 2, "中等": 2, "medium": 2, "yellow": 2, "黄": 2, "黄色": 2,
    "3": 3, "严重": 3, "serious": 3, "red": 3, "红": 3, "红色": 3,
}  # fmt: skip
"""Words for the attention level (A7.3)."""


SEPARATORS = re.compile(r"[;；、,，|/]+")


def several(parse: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    """The parser of a cell with one or several words, separated by any of ; 、 , | / (A7.2: a site of several types).

    Raises ValueError for a word that is none.
    """

    def read(text: str) -> tuple[Any, ...]:
        return tuple(parse(part.strip()) for part in SEPARATORS.split(text) if part.strip())

    return read


def types_of(kinds: Sequence[str], levels: Sequence[int]) -> dict[str, dict[str, int]]:
    """Types with their levels: one level for all of them, one for each in their order, or none (0, not rated).

    Raises ValueError for another number of levels, and for a type that stands twice.
    """
    if len(levels) not in (0, 1, len(kinds)) or len(set(kinds)) != len(kinds):
        raise ValueError(kinds)
    each = [0] * len(kinds) if not levels else list(levels) * len(kinds) if len(levels) == 1 else levels
    return {kind: {"level": one} for kind, one in zip(kinds, each, strict=True)}


def level(text: str) -> int:
    """The attention level a word means. Raises ValueError."""
    found = LEVELS.get(text.strip().casefold())
    if found is None:
        raise ValueError(text)
    return found
