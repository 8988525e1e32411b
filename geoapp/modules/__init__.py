"""Parts that may be off, and the impact assessments without which some stay off (PIPL 55, 56)."""
