"""Columns of any file, before anybody says what they mean."""

from neurograph.graphs.tables.read import read_table
from neurograph.graphs.tables.table import Table

__all__ = ["Table", "read_table"]
