"""Planning grids: base units, drafts that are edited by hand or proposed, comparison, approval (A9.1 to A9.6)."""
