"""Published data sets, and one that is made here."""

from neurograph.graphs.sets.download import data_sets, fetch
from neurograph.graphs.sets.synthetic import synth

__all__ = ["data_sets", "fetch", "synth"]
