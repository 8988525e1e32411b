"""Who may see rows about people, and who only counts of whole areas (D3.4; research/trust C8).

A reader who may count people but not see them by name gets no rows, no filtered totals and no drawn
shapes: each of these would give small counts away, one by one or by subtraction. `Selection` asks
here whenever it is turned into SQL, so an output that forgot to ask is closed, not open.
"""

from __future__ import annotations

from geoapp.core.errors import Forbidden
from geoapp.core.i18n import N_
from grids_boundaries.access import Access
from spatial_queries.fields import RegisterLike


class CountsOnly(Forbidden):
    """Rows about people, or a count of them under conditions, for a reader without person rights."""

    msgid = N_("没有查看人员明细的权限，只能查看按整个区划统计的人数。")


def counts_only(register: RegisterLike, access: Access) -> bool:
    """Whether this reader gets counts of whole areas and nothing else of the register.

    Person rights: the reader may see by name whoever the register holds in the reader's area.
    """
    return register.people and not register.field(register.label_field).clear(access)
