"""What others call the use of a building, and what we make of it.

`building` values are those of OpenStreetMap (wiki: Key:building); `amenity` and the like speak
where the building itself is only `yes`. Unknown words become `unknown` and are listed.
"""

from __future__ import annotations

WORDS = {
    "residential": (
        "apartments residential house detached semidetached_house terrace bungalow cabin farm "
        "static_caravan ger villa 居民楼 民宅 居住 住宅楼 公寓 别墅 平房 居住建筑"
    ),
    "dormitory": "dormitory barracks student_accommodation 集体宿舍 学生宿舍 宿舍楼 学生公寓",
    "education": (
        "school university college kindergarten education library research research_institute "
        "music_school educational_institution childcare 学校 教学楼 幼儿园 图书馆 科研 教育科研"
    ),
    "commercial": (
        "commercial retail supermarket kiosk shop mall hotel restaurant fast_food cafe bakery "
        "books bank fuel car_wash repair fitness_centre marketplace pharmacy bar cinema "
        "商铺 商场 酒店 宾馆 超市 餐饮 商住 商业服务 银行"
    ),
    "office": "office conference_centre 写字楼 办公楼 商务办公 行政办公",
    "industrial": (
        "industrial warehouse factory manufacture storage_tank silo hangar 工业 仓库 厂房 仓储 工厂"
    ),
    "public": (
        "public civic government hospital clinic transportation train_station station stadium "
        "grandstand sports_hall sports_centre museum theatre arts_centre church temple mosque "
        "shrine religious place_of_worship fire_station police courthouse post_office "
        "community_centre social_facility townhall embassy toilets attraction "
        "医院 政府 体育 文化 公共建筑 公共设施 医疗 车站 场馆 养老"
    ),
    "other": (
        "roof garage garages carport parking shed hut greenhouse barn ruins pavilion shelter "
        "bridge tower service construction bunker communications_tower bicycle_parking shower "
        "track tank guardhouse transformer_tower water_tower conservatory "
        "棚 车库 车棚 在建 亭 配电室 附属 其他建筑"
    ),
    "unknown": "yes building 是 未知用途 建筑物",
}
"""Our use to the words that mean it."""
USES = {word: use for use, words in WORDS.items() for word in words.split()}
PARTS = frozenset({"no", "part", "building_part", "building:part"})
"""Not buildings of their own."""
