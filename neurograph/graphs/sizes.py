"""Bytes of what is read of a graph and of features, as they are stored."""

ID, OFFSET, COUNT, FEATURE = 4, 8, 4, 4
LABEL, NUMBER = 2, 4  # the class of a node; a weight of an edge, or a count
