"""Node features per snapshot: made from the graph alone, or given by the user."""

from neurograph.features.folder import DEFAULT, METHODS, load_features
from neurograph.features.make import make_features

__all__ = ["DEFAULT", "METHODS", "load_features", "make_features"]
