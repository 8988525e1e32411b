"""The standard doors: every register as an OGC API Features collection, its layer as tiles."""
