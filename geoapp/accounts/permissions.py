"""What can be allowed. Roles are data that name these; code asks for a permission, never a role."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Named area:resource:action."""

    MAP_VIEW = "map:page:view"
    REGION_READ = "register:regions:read"
    BUILDING_READ = "register:buildings:read"
    HOUSE_READ = "register:houses:read"
    HOUSE_WRITE = "register:houses:write"
    SITE_READ = "register:sites:read"
    RESIDENT_READ = "register:residents:read"
    RESIDENT_NAME = "register:residents:name"
    RESIDENT_WRITE = "register:residents:write"
    EXPORT_CREATE = "export:file:create"
    TOKEN_CREATE = "account:token:create"


PUBLIC = "public"
"""Declared by routes that need nobody signed in."""

SIGNED_IN = "signed-in"
"""Declared by routes that need somebody signed in and nothing more."""
