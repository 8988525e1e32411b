"""The modules of the product: one line each. Code asks `is_on`, never a key of its own."""

from __future__ import annotations

from dataclasses import dataclass

from geoapp.core.i18n import N_


@dataclass(frozen=True)
class Module:
    """`assessed`: it holds sensitive data, so an approved impact assessment comes first (PIPL 55).

    `on`: as long as nobody has switched it.
    """

    key: str
    title: str
    about: str
    assessed: bool
    on: bool = False


MODULES: dict[str, Module] = {
    module.key: module
    for module in (
        Module(
            "support", N_("帮扶服务"),
            N_("安置帮教、社区矫正、戒毒康复、精神卫生、青少年服务：有目的、有期限的服务事项。"), assessed=True,
        ),
        Module(
            "family", N_("家庭信息（广义）"),
            N_("自行组成的家庭，以家庭编号登记，包括各类实有人口；与按户号的户籍家庭并存。"), assessed=False,
        ),
        Module(
            "import", N_("导入和认领"),
            N_("各部门按模板导入数据，由网格认领。停用后不再收文件、不再认领；已认领的记录不变。"),
            assessed=False, on=True,
        ),
    )
}  # fmt: skip

QUESTIONS: dict[str, str] = {
    "purpose": N_("处理的目的是什么？为什么必须由本单位做？"),
    "basis": N_("法律依据是什么？"),
    "contents": N_("处理哪些信息？哪些属于敏感个人信息？为什么缺一不可？"),
    "people": N_("涉及哪些人、大约多少人？是否有不满十四周岁的？"),
    "access": N_("谁能看到？按什么权限、在哪些辖区？"),
    "term": N_("保存多久？到期如何处理？"),
    "risks": N_("对个人的权益有什么影响和风险？"),
    "measures": N_("采取了哪些保护措施？与风险相称吗？"),
    "rights": N_("个人如何知情、查阅、更正、删除？"),
}
"""What an assessment answers (PIPL 56; GB/T 39335)."""
