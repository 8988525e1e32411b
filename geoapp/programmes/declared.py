"""The programmes: one declaration each (D3.3, A4, A5). A further one is a line here and no migration.

Left out on purpose: petitioners are cases with an answer date and never a list of people (D2.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoapp.core.i18n import N_
from geoapp.programmes import codes


@dataclass(frozen=True)
class Fact:
    """One thing a programme asks for. `kind`: choice, day or text.

    `offered_if` names a figure that must not be 0 for `rare` choices to be offered for new entries
    (A18 (6)); `under` has choices only who is younger than a figure may take (A5.6); `only` has those whose people the
    programme takes, if it does not take all (A4.5, A5.8).
    """

    name: str
    title: str
    kind: str = "choice"
    codes: Mapping[str, str] | None = None
    required: bool = True
    rare: frozenset[str] = frozenset()
    offered_if: str = ""
    under: Mapping[str, str] | None = None
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """Who may be enrolled: first and last age (names of figures, both included), sex; nothing asked where empty."""

    first: str = ""
    last: str = ""
    sex: str = ""


@dataclass(frozen=True)
class Term:
    """When an enrolment ends: after a number of years (`years`, or by a fact: `years_by`), on a day that is
    given (`day`), or on the birthday at which an age is reached (`age`). Names of figures.

    At the end the daily job releases (`review` false), or tells that it has to be looked at again.
    """

    years: str = ""
    by_fact: str = ""
    years_by: Mapping[str, str] | None = None
    day: str = ""
    age: str = ""
    review: bool = False


@dataclass(frozen=True)
class Programme:
    """`closed`: seen only by who it was opened to in person, in a part of their area (D3.3); `module` must be on.

    `begins` is the title of the day a term counts from; `transfers_to` is offered in one click (A4.2).
    """

    code: str
    family: str
    title: str
    purpose: str
    basis: str
    owner: str
    term: Term
    facts: tuple[Fact, ...] = ()
    entry: Entry = Entry()
    closed: bool = False
    module: str | None = None
    begins: str = N_("开始日期")
    transfers_to: str | None = None


def _need() -> Fact:
    return Fact("need", N_("服务需求"), codes=codes.NEEDS)


def _helper() -> Fact:
    return Fact("helper", N_("服务联系人"), "text", required=False)


_SUPPORT = (
    Programme(
        "resettlement", "support", N_("安置帮教"), N_("帮助刑满释放人员就业、安家、办理救助。"),
        N_("《中华人民共和国监狱法》第三十七条"), N_("司法行政"),
        Term(
            by_fact="released_from",
            years_by={"prison": "resettlement_prison_years", "labour": "resettlement_labour_years"},
        ),
        (
            Fact(
                "released_from", N_("类别"), codes=codes.RELEASED_FROM, rare=frozenset({"labour"}),
                offered_if="labour_offered",
            ),
            _need(), _helper(),
        ),
        begins=N_("释放日期"),
    ),
    Programme(
        "community_correction", "support", N_("社区矫正"), N_("在社区执行刑罚期间的教育和帮扶。"),
        N_("《中华人民共和国社区矫正法》"), N_("司法行政"), Term(day="term_ends"),
        (
            Fact("penalty", N_("刑罚执行类别"), codes=codes.PENALTIES), Fact("term_ends", N_("矫正期满日"), "day"),
            _need(), _helper(),
        ),
        begins=N_("矫正开始日"), transfers_to="resettlement",
    ),
    Programme(
        "addiction_recovery", "support", N_("戒毒康复"), N_("社区戒毒、康复期间的治疗和生活帮扶。"),
        N_("《中华人民共和国禁毒法》第三十三条"), N_("禁毒办"), Term(years="addiction_recovery_years"),
        (_need(), _helper()),
    ),
    Programme(
        "mental_health", "support", N_("精神卫生服务"), N_("随访、服药指导和对家庭的支持。"),
        N_("《中华人民共和国精神卫生法》第五十五条"), N_("卫生健康"), Term(years="mental_health_years", review=True),
        (_need(), Fact("guardian", N_("监护人及联系方式"), "text", required=False), _helper()),
    ),
    Programme(
        "youth", "support", N_("青少年服务"), N_("帮助六至二十五周岁、没有职业的青少年就学、就业和得到照料。"),
        N_("《中华人民共和国未成年人保护法》"), N_("共青团"), Term(age="youth_leave"),
        (
            Fact("category", N_("类别"), codes=codes.YOUTHS),
            Fact("occupation", N_("职业状况"), codes=codes.OCCUPATIONS, only=frozenset({"none", "pupil"})),
            _need(), _helper(),
        ),
        Entry("youth_from", "youth_to"),
    ),
    Programme(
        "hazmat_worker", "support", N_("危险品从业人员"), N_("安全培训和职业健康服务。"),
        N_("《危险化学品安全管理条例》第四条"), N_("应急管理"), Term(years="hazmat_worker_years", review=True),
        (Fact("post", N_("岗位"), codes=codes.HAZMAT_POSTS), Fact("employer", N_("从业单位"), "text", required=False)),
    ),
)  # fmt: skip

_CARE = (
    Programme(
        "elderly", "care", N_("老年人"), N_("走访、照料和优待。"), N_("《中华人民共和国老年人权益保障法》"), N_("民政"),
        Term(age="elderly_review", review=True), (Fact("kind", N_("类别"), codes=codes.ELDERLY_KINDS, required=False),),
        Entry("elderly_from"),
    ),
    Programme(
        "disabled", "care", N_("残疾人"), N_("补贴、康复和无障碍服务。"),
        N_("《中华人民共和国残疾人保障法》"), N_("残联"),
        Term(years="disabled_years", review=True),
        (
            Fact("kind", N_("残疾类别"), codes=codes.DISABILITIES),
            Fact("grade", N_("残疾等级"), codes=codes.DISABILITY_GRADES, required=False),
        ),
    ),
    Programme(
        "veteran_family", "care", N_("优抚对象"), N_("抚恤、优待和走访。"),
        N_("《军人抚恤优待条例》"), N_("退役军人事务"),
        Term(years="veteran_family_years", review=True),
        (
            Fact("kind", N_("优抚类别"), codes=codes.VETERANS),
            Fact("relation", N_("与军人的关系"), codes=codes.SOLDIER_RELATIONS, required=False,
                 under={"sibling": "sibling_age"}),
        ),
    ),
    Programme(
        "hardship", "care", N_("需要救助人员"), N_("生活、就业和临时救助。"), N_("《社会救助暂行办法》"), N_("民政"),
        Term(years="hardship_years", review=True),
        (
            Fact("reason", N_("救助原因"), codes=codes.HARDSHIP_REASONS),
            Fact("kind", N_("困难类型"), codes=codes.HARDSHIPS, required=False),
        ),
    ),
)  # fmt: skip

_OTHERS = (
    Programme(
        "maternal_health", "maternal", N_("育龄妇女健康服务"), N_("健康检查、访视和咨询。"),
        N_("《中华人民共和国妇女权益保障法》"), N_("卫生健康"), Term(age="maternal_leave"),
        (Fact("service", N_("服务内容"), codes=codes.HEALTH_SERVICES, required=False),),
        Entry("maternal_from", "maternal_to", "F"), closed=True,
    ),
    Programme(
        "unemployed", "employment", N_("失业人员"), N_("职业介绍、培训和就业援助。"),
        N_("《中华人民共和国就业促进法》"), N_("人力资源和社会保障"), Term(years="unemployed_years", review=True),
        (
            Fact("reason", N_("失业原因"), codes=codes.UNEMPLOYED_REASONS),
            Fact("situation", N_("就业状况"), codes=codes.WORK_SITUATIONS, only=frozenset({"seeking"})),
        ),
        Entry("unemployed_from", "unemployed_to"),
    ),
)  # fmt: skip


def _closed(programme: Programme) -> Programme:
    """All of family support are closed and belong to the module (D3.3)."""
    return Programme(**{**vars(programme), "closed": True, "module": "support"})


PROGRAMMES: dict[str, Programme] = {
    programme.code: programme for programme in (*map(_closed, _SUPPORT), *_CARE, *_OTHERS)
}
OPEN = {code: programme for code, programme in PROGRAMMES.items() if not programme.closed}
"""In the common register, by permission; the closed ones are opened one by one to persons."""
TITLES = {code: programme.title for code, programme in PROGRAMMES.items()}
