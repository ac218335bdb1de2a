"""Sums of ``mix x weight`` in which each row hears at most one row per term: convolutions."""
