"""Temporal graphs, their features and splits, and how neighbours are sampled."""
