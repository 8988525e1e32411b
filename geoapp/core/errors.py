"""Domain errors: a Chinese message id with named facts, never a status code.

The web edge has one table from class to status (`geoapp.web.errors`); the command line prints
the translated sentence and exits with 1.
"""

from __future__ import annotations

from geoapp.core.i18n import N_, translate


class GeoappError(Exception):
    """Base of all errors we raise on purpose.

    `msgid` is a Chinese sentence with %(name)s facts; `field` names the input that is wrong,
    so a form can show the sentence beside it.
    """

    msgid = N_("操作未能完成。")

    def __init__(self, msgid: str | None = None, *, field: str | None = None, **facts: object):
        self.msgid = msgid or type(self).msgid
        self.field = field
        self.facts = facts
        super().__init__(translate(self.msgid, "en", **facts))

    def message(self, locale: str) -> str:
        """The sentence in the reader's language."""
        return translate(self.msgid, locale, **self.facts)


class InvalidInput(GeoappError):
    """What was sent cannot be understood or breaks a rule (400)."""

    msgid = N_("输入有误。")


class TooLarge(InvalidInput):
    """More was sent than a request may carry (413)."""

    msgid = N_("提交的内容过大。")


class NotFound(GeoappError):
    """Not there, or not for this reader: the two look the same (404)."""

    msgid = N_("没有找到，或不在您的管辖范围内。")


class NotSignedIn(GeoappError):
    """Nobody is signed in (401 or a redirect to the sign-in page)."""

    msgid = N_("请先登录。")


class Forbidden(GeoappError):
    """The role may never do this, wherever the record lies (403)."""

    msgid = N_("您的角色不能进行此操作。")


class SecondFactorMissing(Forbidden):
    """The role must have a second factor; until there is one, nothing else is open (403)."""

    msgid = N_("请先设置第二步验证。")


class Conflict(GeoappError):
    """Somebody else was first: number taken, stale form (409)."""

    msgid = N_("与现有数据冲突。")


class TooManyRequests(GeoappError):
    """Too many tries in a short time (429)."""

    msgid = N_("操作过于频繁，请稍后再试。")


class Unavailable(GeoappError):
    """The database or a time limit said no; the same request may work later (503)."""

    msgid = N_("系统繁忙，请稍后重试。")
