"""Backups that open only with their key, and proof that they can be restored (docs/backup.md)."""
