"""Columns of any file, before anybody says what they mean."""

from neurograph.graphs.tables.arrays import load_arrays, table_of_arrays
from neurograph.graphs.tables.join import join_tables
from neurograph.graphs.tables.json_graph import load_lists
from neurograph.graphs.tables.read import read_table
from neurograph.graphs.tables.source import open_source
from neurograph.graphs.tables.table import NoRowsError, Table

__all__ = [
    "NoRowsError",
    "Table",
    "join_tables",
    "load_arrays",
    "load_lists",
    "open_source",
    "read_table",
    "table_of_arrays",
]
