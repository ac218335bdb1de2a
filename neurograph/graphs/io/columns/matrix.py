"""A square of numbers in place of a list of edges: an adjacency matrix."""

from __future__ import annotations

from neurograph.core.errors import DataError
from neurograph.graphs.tables import Table

LEAST = 5  # columns without names that are no list of edges


def refuse_matrix(table: Table) -> None:
    """Raise DataError where a table has a row and a column for each node.

    Either no names and as many columns as rows; or the names of the columns in the first one.
    """
    names, rows = list(table.columns), len(table)
    numbers = [name for name in names if table.columns[name].dtype.kind in "iufb"]
    square = not table.named and len(numbers) == len(names) == rows >= LEAST
    if not square and table.named and len(numbers) >= len(names) - 1 == rows > 1:
        first = [str(one) for one in table.columns[names[0]].tolist()]
        square = first == names[1:]
    if square:
        raise DataError(
            f"{table.path}: an adjacency matrix, {rows} by {rows}; needed a row per edge: in "
            "numpy, u, v = np.nonzero(matrix) and np.savez('graph.npz', u=u, v=v, "
            "weight=matrix[u, v]); if it is a list of edges: --columns source=0,target=1"
        )
