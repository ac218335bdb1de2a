"""Published data sets, a file each, and one that is made here."""

from neurograph.graphs.sets.data_set import DataSet, fetch, find_data_set, known_data_sets
from neurograph.graphs.sets.download import download
from neurograph.graphs.sets.synthetic import synth

__all__ = ["DataSet", "download", "fetch", "find_data_set", "known_data_sets", "synth"]
