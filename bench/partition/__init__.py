"""The grid planner measured beside KaHIP, METIS and GerryChain on the same communities."""
