"""Words of requests: what is asked, how it ended."""

from __future__ import annotations

from geoapp.core.i18n import N_

COPY, CORRECT, DELETE, EXPLAIN = "copy", "correct", "delete", "explain"
KINDS = {
    COPY: N_("查阅、复制本人信息"),
    CORRECT: N_("更正、补充"),
    DELETE: N_("删除"),
    EXPLAIN: N_("说明处理规则"),
}
OPEN, DONE, REFUSED, WITHDRAWN = "open", "done", "refused", "withdrawn"
OUTCOMES = {DONE: N_("已办理"), REFUSED: N_("不予办理（写明理由）"), WITHDRAWN: N_("本人撤回")}
STATES = {OPEN: N_("办理中"), DONE: N_("已办理"), REFUSED: N_("不予办理"), WITHDRAWN: N_("已撤回")}
