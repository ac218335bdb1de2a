"""Synapses along the edges of a graph, whose nodes hear other nodes in every snapshot."""
