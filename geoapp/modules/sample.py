"""A filled-in impact assessment for demos: to read, not to switch a module on by."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from geoapp.accounts.models import User
from geoapp.accounts.roles import ADMINISTRATOR
from geoapp.core.clock import now
from geoapp.core.db import table_of
from geoapp.modules.models import ImpactAssessment

MODULE = "support"
ANSWERS = {
    "purpose": "（样例）为本人提供帮扶服务；法律把该项服务交给街道办理。",
    "basis": "（样例）《中华人民共和国个人信息保护法》第十三条第一款第三项：履行法定职责所必需。",
    "contents": "（样例）姓名、联系方式、服务需求与期限；健康与司法信息属敏感信息，仅记录提供服务必需的部分。",
    "people": "（样例）接受服务的居民，约数十人；不含不满十四周岁的人。",
    "access": "（样例）只有该服务的经办人，限其本辖区；其他人看到的与没有此事项一样。",
    "term": "（样例）到期自动终止，终止两年后抹去个人信息，只留计数。",
    "risks": "（样例）泄露会造成歧视和名誉损害；范围扩大会变成对人的监视。",
    "measures": "（样例）单独的数据密钥、逐次记录查看、默认关闭、不上图、不导出、不汇总到十人以下。",
    "rights": "（样例）登记时书面告知；可向社区提出查阅、更正、删除，十五日内答复。",
}


def attach_sample(connection: Connection) -> None:
    """Write it as the administrator's, unless the module has one."""
    table = table_of(ImpactAssessment)
    writer = connection.scalar(select(User.id).where(User.role_key == ADMINISTRATOR).order_by(User.id).limit(1))
    there = connection.scalar(select(table.c.id).where(table.c.module == MODULE).limit(1))
    if writer is None or there is not None:
        return
    connection.execute(
        insert(table).values(module=MODULE, answers=ANSWERS, written_by=writer, written_at=now(), sample=True)
    )
