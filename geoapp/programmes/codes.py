"""Code lists of the programmes (A4, A5; peers B1; standards C5): stored value to label."""

from __future__ import annotations

from geoapp.core.i18n import N_

FAMILIES = {
    "support": N_("帮扶服务"), "care": N_("关怀服务"), "maternal": N_("妇女健康服务"), "employment": N_("就业服务"),
}  # fmt: skip
NEEDS = {
    "work": N_("就业"), "housing": N_("住房"), "income": N_("生活救助"), "schooling": N_("就学"),
    "counselling": N_("心理支持"), "legal": N_("法律援助"), "other": N_("其他"),
}  # fmt: skip
"""What the person is to get: a case without a service asked for is none (D3.3)."""
RELEASED_FROM = {"prison": N_("刑满释放"), "labour": N_("解除劳动教养")}
PENALTIES = {
    "control": N_("管制"), "probation": N_("缓刑"), "parole": N_("假释"), "outside": N_("监外执行"),
    "deprived": N_("剥夺政治权利"),
}  # fmt: skip
"""The five kinds of A4.2."""
YOUTHS = {
    "conduct": N_("不良行为"), "parent_away": N_("服刑在教人员未成年子女"), "left_behind": N_("农村留守儿童"),
    "homeless": N_("流浪乞讨"), "idle": N_("闲散"), "other": N_("其他"),
}  # fmt: skip
OCCUPATIONS = {"none": N_("没有职业"), "pupil": N_("在校就读"), "employed": N_("有职业")}
"""Who has an occupation is not taken as a youth (A4.5)."""
HAZMAT_POSTS = {"operator": N_("操作工"), "transport": N_("运输押运工"), "storage": N_("储存保管员")}
HEALTH_SERVICES = {
    "check": N_("健康检查"), "visit": N_("上门访视"), "advice": N_("健康咨询"), "other": N_("其他"),
}  # fmt: skip
ELDERLY_KINDS = {
    "alone": N_("孤寡"), "low_income": N_("低保"), "model_worker": N_("劳模"), "destitute": N_("特困"),
    "seriously_ill": N_("重病"), "veteran_cadre": N_("建国前参加工作"), "old_cares_for_old": N_("一老养一老"),
    "self_reliant": N_("自理"), "other": N_("其他"),
}  # fmt: skip
DISABILITIES = {
    "sight": N_("视力"), "hearing": N_("听力"), "speech": N_("言语"), "body": N_("肢体"), "mind": N_("智力"),
    "mental": N_("精神"), "several": N_("多重"), "other": N_("其他"),
}  # fmt: skip
"""The seven categories of GB/T 26341 and the documents' own eighth (A5.4, A18 (22))."""
DISABILITY_GRADES = {"1": N_("一级"), "2": N_("二级"), "3": N_("三级"), "4": N_("四级")}
VETERANS = {
    "serving": N_("现役军人"), "disabled_soldier": N_("残疾军人"), "demobilised": N_("复员军人"),
    "veteran": N_("退伍军人"), "martyr_family": N_("烈士遗属"), "duty_family": N_("因公牺牲军人遗属"),
    "illness_family": N_("病故军人遗属"), "serving_family": N_("现役军人家属"),
}  # fmt: skip
SOLDIER_RELATIONS = {
    "parent": N_("父母"), "spouse": N_("配偶"), "child": N_("子女"), "sibling": N_("未成年且依靠军人生活的兄弟姐妹"),
    "raised": N_("曾抚养军人、现依靠军人生活的其他亲属"),
}  # fmt: skip
"""Who is family of a soldier (A5.6)."""
HARDSHIP_REASONS = {
    "no_labour": N_("无劳动力"), "little_labour": N_("劳动力不足"), "underemployed": N_("未充分就业"),
    "jobless": N_("未就业"), "medical": N_("医疗支出过大"), "schooling": N_("教育支出过大"),
    "sudden": N_("突发性事件"), "other": N_("其他"),
}  # fmt: skip
HARDSHIPS = {
    "low_income": N_("低保"), "near_low_income": N_("低保边缘"), "destitute": N_("特困"),
    "five_guarantees": N_("五保"), "illness": N_("因病致贫"), "schooling": N_("因教致贫"),
    "sudden": N_("突发困难"), "other": N_("其他"),
}  # fmt: skip
UNEMPLOYED_REASONS = {
    "school_left": N_("毕业未升学"), "contract_ended": N_("与企业解除合同"), "office_left": N_("离开机关事业单位"),
    "land_lost": N_("农转非失地"), "discharged": N_("退役未安置"), "closed_down": N_("个体停业"),
    "flexible_lost": N_("灵活就业失业"), "rural": N_("本地农村劳动力"), "newcomer": N_("外来失业"),
    "new_labour": N_("新成长劳动力"), "other": N_("其他"),
}  # fmt: skip
WORK_SITUATIONS = {
    "seeking": N_("能工作、没有工作、正在找"), "employed": N_("有工作"), "not_seeking": N_("没有在找工作"),
    "unable": N_("不能工作"),
}  # fmt: skip
"""Only the first is unemployed (A5.8)."""
EXPIRED, OVER_AGE, LEFT_REGISTER = "expired", "over_age", "left_register"
TRANSFERRED, DUPLICATE = "transferred", "duplicate"
"""Reasons the rules and steps write."""
RELEASE_REASONS = {
    "settled": N_("已解决，不再需要服务"), "declined": N_("本人不再接受服务"), "moved": N_("迁出"), "died": N_("死亡"),
    "mistake": N_("登记有误"), "other": N_("其他"),
}  # fmt: skip
"""Why somebody leaves a programme, as a person may say it (A4.0)."""
ALL_REASONS = RELEASE_REASONS | {
    EXPIRED: N_("期满"), OVER_AGE: N_("超龄"), LEFT_REGISTER: N_("人口注销"), TRANSFERRED: N_("转入安置帮教"),
    DUPLICATE: N_("重复登记"),
}  # fmt: skip
ENROL_REASONS = {
    "again": N_("再次需要服务"), "returned": N_("迁回"), "mistake": N_("取消关注有误"), "other": N_("其他"),
}  # fmt: skip
"""Why somebody comes back (重新关注)."""
