"""How a float network becomes integers once the scales are chosen: nearest, by one rule for all."""

from neurograph.ir.readout_grid import round_readout
from neurograph.ir.rounding.edges import (
    by_entries,
    entry_exponents,
    entry_top,
    rounded_entries,
    rounded_numbers,
    vanishes,
    weight_of_all,
)
from neurograph.ir.rounding.network import check_scheme, gain, round_network, round_projections
from neurograph.ir.rounding.neurons import round_population
from neurograph.ir.rounding.ranges import (
    accumulation,
    check_ranges,
    out_of_range,
    proven_share,
    state_bound,
)
from neurograph.ir.rounding.weights import (
    Rounded,
    apart,
    mantissa_range,
    mantissas,
    pieces_of,
    round_projection,
    smallest_exponent,
)

__all__ = [
    "Rounded",
    "accumulation",
    "apart",
    "by_entries",
    "check_ranges",
    "check_scheme",
    "entry_exponents",
    "entry_top",
    "gain",
    "mantissa_range",
    "mantissas",
    "out_of_range",
    "pieces_of",
    "proven_share",
    "round_network",
    "round_population",
    "round_projection",
    "round_projections",
    "round_readout",
    "rounded_entries",
    "rounded_numbers",
    "smallest_exponent",
    "state_bound",
    "vanishes",
    "weight_of_all",
]
