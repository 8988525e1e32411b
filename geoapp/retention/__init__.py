"""How long what is kept, and how it goes: clocks, erasure, tombstones (docs/retention.md)."""
