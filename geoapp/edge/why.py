"""Why somebody sees a record: the role and the area that give it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from geoapp.core.db import table_of
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_identity
from geoapp.edge.pages import reader_locale
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.models import Region


def why_seen(connection: Connection, access: Access, region_key: int) -> str:
    """One sentence: the reader's role, and which of their areas the record lies in."""
    identity, locale, region = current_identity(), reader_locale(), table_of(Region)
    codes = [parse_code(code) for code in identity.area_codes] if identity else []
    keys = [code.lo for code in codes if code.lo <= region_key <= code.hi]
    mine = (access.scope.clause(region.c.key), region.c.key.in_(keys))
    names = connection.scalars(select(region.c.full_name).where(*mine).order_by(region.c.key)).all()
    role = translate(identity.role_title, locale) if identity else ""
    area = "、".join(names) or "、".join(code.text for code in codes)
    return translate(N_("您的角色是“%(role)s”，这条记录在您的辖区“%(area)s”之内。"), locale, role=role, area=area)
