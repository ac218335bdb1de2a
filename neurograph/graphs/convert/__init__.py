"""Graphs from the objects of other libraries, and back."""

from neurograph.graphs.convert.files import write_csv, write_graphml, write_node_link
from neurograph.graphs.convert.frames import to_pandas
from neurograph.graphs.convert.networks import to_networkx
from neurograph.graphs.convert.objects import from_networkx, from_pandas, from_pyg
from neurograph.graphs.convert.pyg_arrays import pyg_arrays

__all__ = [
    "from_networkx",
    "from_pandas",
    "from_pyg",
    "pyg_arrays",
    "to_networkx",
    "to_pandas",
    "write_csv",
    "write_graphml",
    "write_node_link",
]
