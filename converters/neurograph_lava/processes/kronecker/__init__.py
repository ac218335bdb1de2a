"""Synapses ``mix x weight``, shared by a batch of networks."""
