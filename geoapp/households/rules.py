"""Households: who may belong, what may be done (A3.10 to A3.13), as pure functions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.households.codes import DELETE_REASONS, FAMILY, HUKOU, KINDS
from geoapp.people.codes import RELATIONS

LONGEST_NUMBER = 32
ACTIVE, REGISTERED, HEAD = "active", "registered", "head"


@dataclass(frozen=True)
class Candidate:
    """A resident as the rules of households see them; `attached` is their household of that kind."""

    type: str
    state: str
    region_key: int
    attached: int | None


def normal_number(text: str) -> str:
    """A 户号 or 家庭编号 as it is stored. Raises InvalidInput unless 1 to 32 signs without spaces."""
    number = unicodedata.normalize("NFKC", text or "").strip().upper()
    if not number:
        raise InvalidInput(N_("请填写此项。"), field="number")
    if len(number) > LONGEST_NUMBER or not number.isprintable() or " " in number:
        raise InvalidInput(N_("编号最多 %(most)s 个字符，不含空格。"), field="number", most=LONGEST_NUMBER)
    return number


def check_kind(kind: str, families: bool) -> None:
    """Raises InvalidInput for no kind, or for local families while these are switched off (A3.13)."""
    if kind not in KINDS or (kind == FAMILY and not families):
        raise InvalidInput(N_("请选择列表中的一项。"), field="kind")


def is_candidate(kind: str, person: Candidate, household_id: int, region_key: int) -> bool:
    """Who may join: of the police register a registered person of the area, on the register and not attached
    to this number (A3.12); of a local family anybody on the register who is attached to none (A3.13)."""
    if person.state != ACTIVE or person.region_key != region_key:
        return False
    if kind == HUKOU:
        return person.type == REGISTERED and person.attached != household_id
    return person.attached is None


def check_candidate(kind: str, person: Candidate, household_id: int, region_key: int) -> None:
    """Raises InvalidInput saying why somebody may not join."""
    if is_candidate(kind, person, household_id, region_key):
        return
    if person.state != ACTIVE:
        raise InvalidInput(N_("该居民已注销，不能入户。"), field="resident")
    if person.region_key != region_key:
        raise InvalidInput(N_("该居民登记在另一个网格，不能入户。"), field="resident")
    if kind == HUKOU and person.type != REGISTERED:
        raise InvalidInput(N_("户籍家庭只包括户籍人口。"), field="resident")
    raise InvalidInput(N_("该居民已入户。"), field="resident")


def check_head(member_ids: set[int], resident_id: int) -> None:
    """The head is one of the members (A3.11). Raises InvalidInput."""
    if resident_id not in member_ids:
        raise InvalidInput(N_("户主须是本户成员。"), field="resident")


def check_relation(member: bool, heads: bool, relation: str) -> None:
    """A relation of a member to the head (A3.11); who is the head is changed as such. Raises InvalidInput."""
    if not member:
        raise InvalidInput(N_("该居民不是本户成员。"), field="resident")
    if relation not in RELATIONS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="relation")
    if heads != (relation == HEAD):
        raise InvalidInput(N_("户主请用“变更户主”变更。"), field="relation")


def check_delete(members: int, reason: str) -> None:
    """Only an empty household is deleted, for a reason (A3.11, A17). Raises Conflict, InvalidInput."""
    if reason not in DELETE_REASONS:
        raise InvalidInput(N_("请选择原因。"), field="reason")
    if members:
        raise Conflict(N_("本户还有 %(n)s 名成员，不能删除。"), n=members)
