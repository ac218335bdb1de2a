"""How a network runs over many targets at once; the arithmetic, float or integer, is a part."""

from neurograph.runtime.engine.arithmetic import (
    Arithmetic,
    FloatArithmetic,
    IntegerArithmetic,
    State,
)
from neurograph.runtime.engine.inputs import check_inputs, versions
from neurograph.runtime.engine.simulation import Chunk, chunks, groups, simulate
from neurograph.runtime.engine.trace import Trace, trace

__all__ = [
    "Arithmetic",
    "Chunk",
    "FloatArithmetic",
    "IntegerArithmetic",
    "State",
    "Trace",
    "check_inputs",
    "chunks",
    "groups",
    "simulate",
    "trace",
    "versions",
]
