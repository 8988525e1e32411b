"""The desk for persons' own requests: copy, correct, delete, explain (PIPL 44 to 50)."""
