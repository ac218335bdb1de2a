"""How a network runs over many targets at once; the arithmetic, float or integer, is a part."""

from neurograph.engine.arithmetic import Arithmetic, FloatArithmetic, IntegerArithmetic, State
from neurograph.engine.inputs import check_inputs, versions
from neurograph.engine.simulation import Chunk, chunks, groups, simulate
from neurograph.engine.threads import each
from neurograph.engine.trace import Trace, trace

__all__ = [
    "Arithmetic",
    "Chunk",
    "FloatArithmetic",
    "IntegerArithmetic",
    "State",
    "Trace",
    "check_inputs",
    "chunks",
    "each",
    "groups",
    "simulate",
    "trace",
    "versions",
]
