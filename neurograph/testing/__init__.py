"""What tests are made of: networks, models, chips and mutants; a plug-in of your own can use it.

Corner cases of the integer semantics and random networks, for the equivalence of whatever runs a
network; builders of small networks; changes of a module's syntax that its tests must notice.
Chips with other limits are in `neurograph.testing.chips`, what needs torch in
`neurograph.testing.models`.
"""

from neurograph.testing.builders import (
    constant_readout,
    float_layer,
    float_link,
    float_network,
    integer_chain,
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
)
from neurograph.testing.corners import corner_networks
from neurograph.testing.mutation import Mutation, MutationError, delete
from neurograph.testing.parts import NEURON_KINDS, Case, NeuronKind
from neurograph.testing.random_networks import random_chip_network, random_network
from neurograph.testing.records import assert_lively, assert_same_run, event_counts, run_record
from neurograph.testing.renaming import renamed

__all__ = [
    "NEURON_KINDS",
    "Case",
    "Mutation",
    "MutationError",
    "NeuronKind",
    "assert_lively",
    "assert_same_run",
    "constant_readout",
    "corner_networks",
    "delete",
    "event_counts",
    "float_layer",
    "float_link",
    "float_network",
    "integer_chain",
    "integer_layer",
    "integer_link",
    "integer_network",
    "one_layer",
    "random_chip_network",
    "random_network",
    "renamed",
    "run_record",
]
