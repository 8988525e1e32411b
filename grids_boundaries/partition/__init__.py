"""Dividing communities into grids of 300 to 500 households: proposals, revisions, live edits.

Pure: no database, no HTTP. `propose(problem, profile)` and `revise(...)` give plans, `editing.Editor`
changes one by hand, `export` makes polygons, `score` checks polygons without trusting the solver.
"""
