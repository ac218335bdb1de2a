"""Synapses ``mix x weight``, shared by many copies."""
