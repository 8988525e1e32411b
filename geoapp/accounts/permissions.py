"""What can be allowed. Roles are data that name these; code asks for a permission, never a role."""

from __future__ import annotations

from enum import StrEnum

from geoapp.core.i18n import N_


class Permission(StrEnum):
    """Named area:resource:action."""

    MAP_VIEW = "map:page:view"
    RECORD_OPEN = "register:record:open"
    REGION_READ = "register:regions:read"
    BUILDING_READ = "register:buildings:read"
    HOUSE_READ = "register:houses:read"
    HOUSE_WRITE = "register:houses:write"
    SITE_READ = "register:sites:read"
    SITE_WRITE = "register:sites:write"
    ORGANISATION_READ = "register:organisations:read"
    ORGANISATION_WRITE = "register:organisations:write"
    TEAM_READ = "register:teams:read"
    TEAM_WRITE = "register:teams:write"
    SERVICE_WRITE = "team:service:write"
    COVERAGE_READ = "register:coverage:read"
    RESIDENT_READ = "register:residents:read"
    RESIDENT_NAME = "register:residents:name"
    HOUSEHOLD_READ = "register:households:read"
    RESIDENT_WRITE = "register:residents:write"
    RESIDENT_REVEAL = "register:residents:reveal"
    ENROLMENT_READ = "register:enrolments:read"
    ENROLMENT_WRITE = "register:enrolments:write"
    IMPORT_READ = "import:row:view"
    IMPORT_UPLOAD = "import:batch:upload"
    IMPORT_ASSIGN = "import:row:assign"
    IMPORT_CLAIM = "import:row:claim"
    IMPORT_FILL = "import:register:fill"
    PLAN_READ = "plan:draft:view"
    PLAN_EDIT = "plan:draft:edit"
    PLAN_APPROVE = "plan:draft:decide"
    PLAN_PUBLISH = "plan:draft:publish"
    EXPORT_CREATE = "export:file:create"
    EXPORT_APPROVE = "export:request:decide"
    EXPORT_REGISTER = "export:register:view"
    SUBJECT_REQUEST = "subject:request:manage"
    RETENTION_VIEW = "retention:clock:view"
    MODULE_ADMIN = "module:switch:manage"
    DICTIONARY_ADMIN = "dictionary:list:manage"
    TOKEN_CREATE = "account:token:create"
    ACCOUNT_ADMIN = "account:user:manage"
    ROLE_ADMIN = "account:role:manage"
    AUDIT_READ = "register:audit:read"
    AUDIT_SUBJECT = "audit:subject:find"
    BREAK_GLASS_USE = "break-glass:record:open"
    BREAK_GLASS_REVIEW = "break-glass:use:review"


PUBLIC = "public"
"""Declared by routes that need nobody signed in."""

SIGNED_IN = "signed-in"
"""Declared by routes that need somebody signed in and nothing more."""

GROUPS: tuple[tuple[str, tuple[tuple[Permission, str], ...]], ...] = (
    (
        N_("地图与登记册"),
        (
            (Permission.MAP_VIEW, N_("查看地图、图层与统计")),
            (Permission.RECORD_OPEN, N_("打开列表和单条记录")),
            (Permission.REGION_READ, N_("查看区划")),
            (Permission.BUILDING_READ, N_("查看楼栋")),
            (Permission.HOUSE_READ, N_("查看房屋")),
            (Permission.HOUSE_WRITE, N_("登记和更正房屋")),
            (Permission.SITE_READ, N_("查看场所")),
            (Permission.SITE_WRITE, N_("登记、检查和更正场所")),
            (Permission.ORGANISATION_READ, N_("查看单位和组织")),
            (Permission.ORGANISATION_WRITE, N_("登记和更正单位和组织")),
            (Permission.TEAM_READ, N_("查看服务团队")),
            (Permission.TEAM_WRITE, N_("登记服务团队和成员")),
        ),
    ),
    (
        N_("居民"),
        (
            (Permission.RESIDENT_READ, N_("按整个区划统计居民人数")),
            (Permission.HOUSEHOLD_READ, N_("按整个区划统计家庭户数")),
            (Permission.COVERAGE_READ, N_("查看服务覆盖")),
            (Permission.RESIDENT_NAME, N_("查看居民姓名")),
            (Permission.RESIDENT_WRITE, N_("登记和更正居民")),
            (Permission.SERVICE_WRITE, N_("登记走访和其他服务")),
            (Permission.RESIDENT_REVEAL, N_("说明理由后逐项显示证件号码、电话和出生日期")),
            (Permission.ENROLMENT_READ, N_("查看开放的服务项目及其服务对象")),
            (Permission.ENROLMENT_WRITE, N_("登记、取消和恢复服务对象")),
            (Permission.SUBJECT_REQUEST, N_("办理个人信息请求")),
        ),
    ),
    (
        N_("网格规划"),
        (
            (Permission.PLAN_READ, N_("查看网格规划方案")),
            (Permission.PLAN_EDIT, N_("编制网格规划方案")),
            (Permission.PLAN_APPROVE, N_("审核他人提交的网格规划方案")),
            (Permission.PLAN_PUBLISH, N_("发布已批准的网格规划方案")),
        ),
    ),
    (
        N_("导入和认领"),
        (
            (Permission.IMPORT_READ, N_("查看本辖区待认领的导入数据")),
            (Permission.IMPORT_UPLOAD, N_("导入部门文件")),
            (Permission.IMPORT_ASSIGN, N_("把导入数据指定给网格")),
            (Permission.IMPORT_CLAIM, N_("认领导入数据")),
            (Permission.IMPORT_FILL, N_("首次录入：把文件直接变成本辖区的记录")),
        ),
    ),
    (
        N_("带出数据"),
        (
            (Permission.EXPORT_CREATE, N_("导出文件")),
            (Permission.EXPORT_APPROVE, N_("批准他人的大批导出")),
            (Permission.EXPORT_REGISTER, N_("查看导出登记")),
            (Permission.TOKEN_CREATE, N_("创建接口令牌")),
        ),
    ),
    (
        N_("审计"),
        (
            (Permission.AUDIT_READ, N_("查看本辖区的审计日志")),
            (Permission.AUDIT_SUBJECT, N_("为居民查询谁看过其记录")),
            (Permission.BREAK_GLASS_USE, N_("紧急情况下查看辖区外的记录")),
            (Permission.BREAK_GLASS_REVIEW, N_("复核紧急查看")),
        ),
    ),
    (
        N_("系统管理"),
        (
            (Permission.ACCOUNT_ADMIN, N_("管理本辖区的用户、会话与代办")),
            (Permission.ROLE_ADMIN, N_("管理角色与部门")),
            (Permission.MODULE_ADMIN, N_("启停模块，填写影响评估")),
            (Permission.DICTIONARY_ADMIN, N_("管理数据字典")),
            (Permission.RETENTION_VIEW, N_("查看保存期限")),
        ),
    ),
)
"""Every permission with its words, in the groups and order in which a role's page shows them."""
