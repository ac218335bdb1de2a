"""Graphs in files: read edge lists, describe, and keep them in folders."""

from neurograph.graphs.io.edges import import_edges
from neurograph.graphs.io.graph_folder import load_graph, save_graph
from neurograph.graphs.io.summary import info

__all__ = ["import_edges", "info", "load_graph", "save_graph"]
