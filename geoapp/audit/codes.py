"""Words of the audit log: what was done, by what kind of actor, for which reason (D3.6, C5)."""

from __future__ import annotations

from enum import StrEnum

from geoapp.core.i18n import N_


class Action(StrEnum):
    """What an event says was done."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    SESSION_REVOKE = "session_revoke"
    DETAIL_VIEW = "detail_view"
    LIST_VIEW = "list_view"
    TILE_VIEW = "tile_view"
    SEARCH_NUMBER = "search_number"
    SEARCH_NAME = "search_name"
    REVEAL = "reveal"
    EXPORT = "export"
    PRINT = "print"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    MERGE = "merge"
    UNMERGE = "unmerge"
    PERMISSION_CHANGE = "permission_change"
    ROLE_CHANGE = "role_change"
    USER_CHANGE = "user_change"
    SETTING_CHANGE = "setting_change"
    KEY_CHANGE = "key_change"
    RETENTION_RUN = "retention_run"
    FORGET = "forget"
    IMPACT_ASSESSMENT = "impact_assessment"
    BREAK_GLASS_START = "break_glass_start"
    BREAK_GLASS_USE = "break_glass_use"
    BREAK_GLASS_END = "break_glass_end"
    BREAK_GLASS_REVIEW = "break_glass_review"
    READING_UNUSUAL = "reading_unusual"
    READING_CONFIRM = "reading_confirm"
    SUBJECT_REQUEST = "subject_request"
    TOKEN_CREATE = "token_create"
    TOKEN_REVOKE = "token_revoke"
    AUDIT_VIEW = "audit_view"
    BACKUP = "backup"
    RESTORE = "restore"


ACTIONS: dict[str, str] = {
    Action.SIGN_IN: N_("登录"), Action.SIGN_IN_FAILED: N_("登录失败"), Action.SIGN_OUT: N_("退出"),
    Action.SESSION_REVOKE: N_("撤销会话"), Action.DETAIL_VIEW: N_("查看记录"),
    Action.LIST_VIEW: N_("查看列表"), Action.TILE_VIEW: N_("查看地图"),
    Action.SEARCH_NUMBER: N_("按号码查找"), Action.SEARCH_NAME: N_("按姓名查找"),
    Action.REVEAL: N_("显示完整值"), Action.EXPORT: N_("导出"), Action.PRINT: N_("打印"),
    Action.CREATE: N_("新登记"), Action.CHANGE: N_("修改"), Action.DELETE: N_("删除"),
    Action.MERGE: N_("合并"), Action.UNMERGE: N_("撤销合并"),
    Action.PERMISSION_CHANGE: N_("变更权限"), Action.ROLE_CHANGE: N_("变更角色"),
    Action.USER_CHANGE: N_("变更用户"), Action.SETTING_CHANGE: N_("变更设置"),
    Action.KEY_CHANGE: N_("变更密钥"), Action.RETENTION_RUN: N_("执行保存期限"),
    Action.FORGET: N_("从日志中抹去个人"), Action.IMPACT_ASSESSMENT: N_("影响评估"),
    Action.BREAK_GLASS_START: N_("紧急查看：开始"), Action.BREAK_GLASS_USE: N_("紧急查看：打开记录"),
    Action.BREAK_GLASS_END: N_("紧急查看：结束"), Action.BREAK_GLASS_REVIEW: N_("紧急查看：复核"),
    Action.READING_UNUSUAL: N_("查阅量异常"), Action.READING_CONFIRM: N_("确认查阅量"),
    Action.SUBJECT_REQUEST: N_("个人信息请求"), Action.TOKEN_CREATE: N_("创建令牌"),
    Action.TOKEN_REVOKE: N_("撤销令牌"), Action.AUDIT_VIEW: N_("查看审计日志"),
    Action.BACKUP: N_("备份"), Action.RESTORE: N_("恢复"),
}  # fmt: skip
"""Code to the word a page shows."""

KINDS = {
    "user": N_("用户"), "token": N_("接口令牌"), "system": N_("系统"), "nobody": N_("未登录"),
}  # fmt: skip
"""Kinds of actors."""
