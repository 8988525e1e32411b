"""Derivation of the area levels a city has no lines for: blocks, communities, first grids.

Pure functions over shapely arrays and data frames in a metric CRS; no database, no people.
What they return is marked `origin="derived"` by whoever stores it.
"""
