"""Regions, buildings, houses and residents on one map."""

__version__ = "0.1.0"
