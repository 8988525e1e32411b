"""The demo city: real places, derived lines, invented people."""
