"""Departments' files become records of grids: templates, upload, staging, claim (A8.1 to A8.13)."""
