"""What a profile must say, known or not, and in which unit. Numbers are in the files alone."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS = {
    "cores_per_chip": "core",
    "cores_per_tile": "core",
    "mesh_columns": "tile",
    "mesh_rows": "tile",
    "chips_per_system": "chip",
    "neurons_per_core": "neuron",
    "synapse_bits_per_core": "bit",
    "synapse_index_bits": "bit",
    "synapse_overhead_bits": "bit",
    "axons_in_per_core": "axon",
    "axons_out_per_core": "axon",
    "weight_bits": "bit",
    "weight_shift_left": "bit",
    "weight_shift_right": "bit",
    "payload_bits": "bit",
    "delay_steps": "step",
    "current_bits": "bit",
    "membrane_bits": "bit",
    "decay_bits": "bit",
    "voltage_decay_max": "1/4096 of v per step",
    "threshold_bits": "bit",
    "threshold_shift": "bit",
    "bias_mantissa_bits": "bit",
    "bias_exponent_bits": "bit",
}
WORDS = {  # all of them or none: a file that has none counts memory in bits
    "synapse_words_per_core": "word",
    "dense_words": "word per 1,000 synapses",
    "sparse_words": "word per 1,000 synapses",
    "kernel_words": "word per 1,000 weights",
    "dense_neurons_per_core": "neuron",  # that a compiler puts on a core, of a dense layer
    "neuron_groups_per_core": "group",
    "axon_map_per_core": "entry",
}
EVENTS = (
    "synaptic_op",  # one spike through one non-zero synapse
    "update_active",  # one neuron, one step, with input or firing
    "update_inactive",  # one neuron, one step, without
    "spike",  # what firing adds to an update
    "message",  # one spike to one destination core
    "hop_east_west",
    "hop_north_south",
)
HOST = {  # of one operation; the memory's, of one byte read
    "mac_fp32": "J",
    "mac_int8": "J",
    "ac_fp32": "J",
    "ac_int8": "J",
    "memory_byte": "J",
}
STATIC = {"power_per_chip": "W"}
JOULES = dict.fromkeys(EVENTS, "J")
SECONDS = dict.fromkeys((*EVENTS, "message_in", "barrier"), "s")

# Keys and units of each table of constants, and of each set in the tables of sets.
TABLES: Mapping[str, Mapping[str, str]] = {"limits": LIMITS, "static": STATIC, "host": HOST}
OPTIONAL: Mapping[str, Mapping[str, str]] = {"limits": WORDS}  # keys of some of these tables
SETS: Mapping[str, Mapping[str, str]] = {"energy": JOULES, "time": SECONDS}
FREE = "reference"  # a table of constants with any keys and units
COUNTED = ("limits",)  # tables of whole numbers
MESH = ("mesh_columns", "mesh_rows", "cores_per_tile")


def depth(table: str) -> int:
    """How many keys lead from the top of a file to one entry of a table, the table's included."""
    return 3 if table in SETS else 2
