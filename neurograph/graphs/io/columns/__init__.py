"""Which column of a list of edges is what: found by name, by place and by look, or asked."""

from neurograph.graphs.io.columns.choose import check_first_row, choose_columns
from neurograph.graphs.io.columns.roles import EdgeColumns

__all__ = ["EdgeColumns", "check_first_row", "choose_columns"]
