"""Graphs: read edge lists, generate, download, describe, and keep them in folders."""

from neurograph.data.download import data_sets, fetch
from neurograph.data.edges import import_edges
from neurograph.data.graph_folder import load_graph, save_graph
from neurograph.data.summary import info
from neurograph.data.synthetic import synth

__all__ = ["data_sets", "fetch", "import_edges", "info", "load_graph", "save_graph", "synth"]
