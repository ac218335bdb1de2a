"""Graphs in files: read edges and what is known of nodes, describe, and keep them in folders."""

from neurograph.graphs.io.edges import import_edges
from neurograph.graphs.io.graph_folder import load_graph, save_graph
from neurograph.graphs.io.output import check_output, make_room
from neurograph.graphs.io.summary import info

__all__ = ["check_output", "import_edges", "info", "load_graph", "make_room", "save_graph"]
