"""How a float network is rounded: everything that quantisation chooses, without the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir.payloads import QStream
from neurograph.ir.schedule import Order
from neurograph.ir.values import above_zero, within


@dataclass(frozen=True, kw_only=True)
class WeightGrid:
    """Which integers a projection's weights become.

    Attributes:
        bits: of a mantissa, sign or sign mode included.
        exponent: of the shift of the sum.
        split: excitatory and inhibitory weights as two projections of one sign each, whose
            mantissas may be odd: one bit more than mixed signs hold.
        cut: weights beyond this magnitude, in float units, are a projection of their own
            (`large`), so that a few outliers do not round all others to zero; None: no such.
        large: exponent of that projection.
        fine: along edges, whose integers are the entries of a schedule: exponents of further
            projections (`fine`, `fine2`, ...) of entries that the one before rounds too coarsely.
    """

    bits: int
    exponent: int
    split: bool = False
    cut: float | None = None
    large: int = 0
    fine: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NeuronScale:
    """The unit in which a population counts.

    Attributes:
        scale: units of a synaptic sum per float unit, for all channels or one per channel.
        guard_bits: of v below the unit of a sum.
        payload_bits: of what a relay sends, sign included; 0 for neurons that spike.
        cut: payload up to whose magnitude a relay sends nothing.
    """

    scale: float | tuple[float, ...]
    guard_bits: int
    payload_bits: int = 0
    cut: int = 0


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """All that turns a float network into an integer one, so that other weights can follow it.

    Attributes:
        streams: inputs as payloads.
        populations: scales by name.
        projections: grids by name; a projection of a mean stream (`ir.passes.means`) has its own.
        first: by name of a projection along edges, what its relay does first (`ir.passes.relays`);
            default: transform.
    """

    streams: tuple[QStream, ...]
    populations: Mapping[str, NeuronScale]
    projections: Mapping[str, WeightGrid]
    first: Mapping[str, Order] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "streams": [asdict(s) for s in self.streams],
            "populations": {name: asdict(p) for name, p in self.populations.items()},
            "projections": {name: asdict(j) for name, j in self.projections.items()},
            **({"first": dict(self.first)} if self.first else {}),
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Scheme:
        """What `to_dict` gave, perhaps by way of a JSON file.

        Raises:
            NetworkError: it is no such mapping.
        """
        try:
            return cls(
                streams=tuple(QStream(**s) for s in given["streams"]),
                populations={n: _scale(p) for n, p in given["populations"].items()},
                projections={n: _grid(j) for n, j in given["projections"].items()},
                first={n: _order(n, order) for n, order in given.get("first", {}).items()},
            )
        except (KeyError, TypeError, AttributeError, NetworkError) as error:
            raise NetworkError(
                f"no quantisation scheme ({type(error).__name__}: {error}); quantise again"
            ) from error


def _scale(given: Mapping[str, Any]) -> NeuronScale:
    scale = given["scale"]
    held = tuple(scale) if isinstance(scale, (list, tuple)) else scale
    above_zero("population", "scale", held)
    within("population", "guard_bits", given["guard_bits"], 0, fx.GUARD_BITS)
    bits, cut = given.get("payload_bits", 0), given.get("cut", 0)
    within("population", "payload_bits", bits, 0, fx.STATE_BITS)
    within("population", "cut", cut, 0, fx.STATE_MAX)
    return NeuronScale(scale=held, guard_bits=given["guard_bits"], payload_bits=bits, cut=cut)


def _grid(given: Mapping[str, Any]) -> WeightGrid:
    within("projection", "bits", given["bits"], 2, 8)
    for name in ("exponent", "large"):
        within("projection", name, given[name], fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
    if given["cut"] is not None:
        above_zero("projection", "cut", given["cut"])
    fine = tuple(given.get("fine", ()))
    within("projection", "fine", fine, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
    return WeightGrid(**{**given, "fine": fine})


def _order(name: str, given: Any) -> Order:
    if given not in get_args(Order):
        raise NetworkError(f"{name}: {given!r} first; known: {', '.join(get_args(Order))}")
    order: Order = given
    return order
