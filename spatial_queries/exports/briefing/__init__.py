"""The briefing map: one HTML file that opens, shows and prints without a network."""

from spatial_queries.exports.briefing.write import write_briefing

__all__ = ["write_briefing"]
