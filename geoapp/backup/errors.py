"""What stops a backup or a restore; each says which file and why."""

from __future__ import annotations

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_


class BackupError(GeoappError):
    """A backup cannot be made, read or restored."""

    msgid = N_("备份或恢复失败：%(reason)s。")


class BackupKeyMissing(BackupError):
    """The key that opens backups is not in the key folder."""

    msgid = N_("没有备份密钥 %(path)s：备份无法打开。请先恢复密钥备份（geoapp restore-keys）。")


class WrongBackupKey(BackupError):
    """The key in the key folder is not the one this backup was made for."""

    msgid = N_("备份密钥与此备份不符：无法打开。")


class BackupDamaged(BackupError):
    """A file of the backup is missing or is not what was written."""

    msgid = N_("备份 %(path)s 已损坏或被改动：%(reason)s。")


class NotPrivate(BackupError):
    """The command makes databases, so it works in the private cluster alone."""

    msgid = N_("恢复在本程序自带的数据库中进行：请不设 GEOAPP_DATABASE_URL 运行，见 docs/backup.md。")
