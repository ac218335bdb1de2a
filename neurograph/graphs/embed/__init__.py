"""Node features per snapshot: made from the graph alone, or given by the user."""

from neurograph.graphs.embed.folder import (
    DEFAULT,
    GIVEN,
    METHODS,
    WEIGHTED,
    is_features,
    load_features,
    load_place,
    of_graph,
    present,
    source_of,
)
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.embed.make import make_features, same

__all__ = [
    "DEFAULT",
    "GIVEN",
    "METHODS",
    "WEIGHTED",
    "How",
    "is_features",
    "load_features",
    "load_place",
    "make_features",
    "of_graph",
    "present",
    "same",
    "source_of",
]
