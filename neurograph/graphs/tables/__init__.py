"""Columns of any file, before anybody says what they mean."""

from neurograph.graphs.tables.join import join_tables
from neurograph.graphs.tables.read import read_table
from neurograph.graphs.tables.table import NoRowsError, Table

__all__ = ["NoRowsError", "Table", "join_tables", "read_table"]
