"""The layers of a netx file as nouns, in the order in which spikes go through them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError, StoreError
from neurograph.core.hdf5 import open_hdf5
from neurograph.core.reading import check_regular
from neurograph.ir import QLIF, QNeuron, QRefractoryLIF
from neurograph_netx.fields import Fields

REFUSED = {
    "pool": "use a convolution with a stride, or with fixed weights, in its place",
    "unpool": "use a convolution in its place",
    "convT": "it has no form here; use a convolution or a dense layer",
    "average": "end with the layer before it, and count its spikes on the host",
    "concat": "only chains of layers are read; train without the branch",
    "dense_comp": "its weights are complex; use a dense layer of CUBA neurons",
}
READ = ("input", "conv", "flatten", "dense", "dense_rec")
NEURONS = {
    "SDNN": "sigma-delta neurons send numbers, which has no form here",
    "RF": "resonate-and-fire neurons have no form here",
    "ADRF": "resonate-and-fire neurons have no form here",
}


@dataclass(frozen=True)
class Shape:
    """Positions times channels, as a file has it: channels first, then height and width."""

    channels: int
    height: int = 1
    width: int = 1

    @property
    def rows(self) -> int:
        """Positions; the row of (x, y) is ``x * height + y``, Lava's order."""
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.channels} x {self.height} x {self.width}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Input:
    """What enters: spikes, or, where it has neurons, a number per neuron that drives them.

    Its weight and bias in the file say what lava-dl makes of a pixel before it enters: such a
    number is weight times pixel, plus bias.
    """

    name: str
    shape: Shape
    neuron: QNeuron | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Dense:
    """Every neuron hears every neuron before it.

    Attributes:
        weight: int64 ``(out, in)``; behind positions, `in` counts channel, height, width.
        recurrent: int64 ``(out, out)``, from this layer to itself.
        bias: int64 ``(out,)``, mantissas.
        delay: int64 ``(out, in)``, steps.
    """

    name: str
    neuron: QNeuron
    weight: Array
    recurrent: Array | None
    bias: Array
    delay: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Conv:
    """A convolution as PyTorch has it, a correlation; pairs are of height and width.

    Attributes:
        shape: of the layer itself.
        weight: int64 ``(out, in, height, width)``, zeros between groups written out.
        bias: int64 ``(out,)``, mantissas.
        delay: int64 ``(out,)``, steps.
    """

    name: str
    neuron: QNeuron
    shape: Shape
    weight: Array
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    bias: Array
    delay: Array


@dataclass(frozen=True, kw_only=True)
class Flatten:
    """Positions and channels become one axis."""

    name: str


Layer = Input | Dense | Conv | Flatten


@dataclass(frozen=True, eq=False, kw_only=True)
class NetxFile:
    """What a file says.

    Attributes:
        layers: in order.
        steps: of a sample, where the file says it.
    """

    layers: tuple[Layer, ...]
    steps: int | None


def read_file(path: Path) -> NetxFile:
    """Read and check every layer.

    Raises:
        StoreError: no HDF5 file, or none of netx.
        NetworkError: a layer that cannot be read; names it, and what to do.
    """
    if not h5py.is_hdf5(check_regular(path)):
        raise StoreError(f"{path}: no HDF5 file; needed what SLAYER's export_hdf5 writes")
    with open_hdf5(path) as file:
        group = file.get("layer")
        if not isinstance(group, h5py.Group) or not len(group):
            raise StoreError(
                f"{path}: no group 'layer' with layers in it (it holds "
                f"{', '.join(sorted(file)) or 'nothing'}); needed what SLAYER's export_hdf5 writes"
            )
        return NetxFile(layers=tuple(_layers(path, group)), steps=_steps(file))


def _layers(path: Path, group: h5py.Group) -> list[Layer]:
    wanted = [str(number) for number in range(len(group))]
    if lacking := [name for name in wanted if name not in group]:
        raise StoreError(
            f"{path}: layers {', '.join(sorted(group))}, needed 0 to {len(group) - 1}, and "
            f"{lacking[0]} is missing; export the network again"
        )
    return [_layer(number, group[str(number)]) for number in range(len(group))]


def _layer(number: int, group: h5py.Group) -> Layer:
    kind = Fields(f"layer {number}", group).text("type")
    fields = Fields(f"layer {number} ({kind})", group)
    if kind in REFUSED:
        raise NetworkError(f"{fields.where}: cannot be read; {REFUSED[kind]}")
    name = f"{kind}{number}"
    match kind:
        case "input":
            return _input(name, fields)
        case "conv":
            return _conv(name, fields)
        case "flatten":
            return Flatten(name=name)
        case "dense" | "dense_rec":
            return _dense(name, fields, recurrent=kind == "dense_rec")
    raise NetworkError(
        f"{fields.where}: no such kind of layer is known; known: {', '.join(READ)}; leave it out, "
        "or use one of these"
    )


def _input(name: str, fields: Fields) -> Input:
    neuron = _neuron(fields) if "neuron" in fields else None
    return Input(name=name, shape=_shape(fields), neuron=neuron)


def _dense(name: str, fields: Fields, *, recurrent: bool) -> Dense:
    out = int(np.prod(fields.integers("shape")))
    if out < 1:
        raise NetworkError(f"{fields.where}: shape holds no neuron; export the network again")
    weight = _matrix(fields, "weight", out)
    if recurrent and "delay" in fields:
        raise NetworkError(
            f"{fields.where}: has delays and hears itself: SLAYER delays its spikes for others "
            "alone, netx for itself too; leave out the delays, or use a dense layer"
        )
    return Dense(
        name=name,
        neuron=_neuron(fields),
        weight=weight,
        recurrent=_matrix(fields, "weight_rec", out) if recurrent else None,
        bias=_bias(fields, out),
        delay=_delay(fields, weight.shape),
    )


def _conv(name: str, fields: Fields) -> Conv:
    shape = _shape(fields)
    weight = _kernel(fields, shape.channels)
    return Conv(
        name=name,
        neuron=_neuron(fields),
        shape=shape,
        weight=weight,
        stride=fields.pair("stride", 1),
        padding=fields.pair("padding", 0),
        dilation=fields.pair("dilation", 1),
        bias=_bias(fields, shape.channels),
        delay=_delay(fields, (shape.channels, 1))[:, 0],
    )


def _matrix(fields: Fields, name: str, out: int) -> Array:
    """``(out, in)`` of weights, which may be stored with more axes of one entry."""
    given = fields.integers(name)
    flat = given.reshape(out, -1) if given.size and given.size % out == 0 else given
    if flat.ndim != 2 or (given.ndim > 1 and given.shape[0] != out):
        raise NetworkError(f"{fields.where}: {name} has shape {given.shape}, needed ({out}, in)")
    return flat


def _kernel(fields: Fields, out: int) -> Array:
    """``(out, in, height, width)``: groups written out as zeros between them."""
    given, groups = fields.integers("weight"), fields.integer("groups", 1, out)
    axes = given.shape[:4]
    if given.ndim < 4 or axes[0] != out or given.size != np.prod(axes) or out % groups:
        raise NetworkError(
            f"{fields.where}: weight has shape {given.shape}, needed ({out}, channels in, height, "
            f"width) in {groups} groups"
        )
    kernel = given.reshape(axes)
    if groups == 1:
        return kernel
    size_out, size_in = out // groups, axes[1]
    whole = np.zeros((out, groups * size_in, *axes[2:]), np.int64)
    for g in range(groups):
        rows = slice(g * size_out, (g + 1) * size_out)
        whole[rows, g * size_in : (g + 1) * size_in] = kernel[rows]
    return whole


def _bias(fields: Fields, channels: int) -> Array:
    if "bias" not in fields:
        return np.zeros(channels, np.int64)
    given = fields.integers("bias")
    if given.size not in (1, channels):
        raise NetworkError(
            f"{fields.where}: bias has shape {given.shape}, needed one number per channel "
            f"({channels}), or one for all"
        )
    if (bad := given[np.abs(given) > fx.BIAS_MANT_MAX]).size:
        raise NetworkError(
            f"{fields.where}: bias holds {bad[0]}, limit +-{fx.BIAS_MANT_MAX}; train with a "
            "smaller scale"
        )
    return np.full(channels, given.ravel())


def _delay(fields: Fields, shape: tuple[int, ...]) -> Array:
    """Delays of the synapses of a weight ``(out, in)``: one for all, per neuron, or per synapse."""
    if "delay" not in fields:
        return np.zeros(shape, np.int64)
    given = fields.integers("delay")
    if given.size and (given.min() < 0 or given.max() > fx.DELAY_MAX):
        raise NetworkError(
            f"{fields.where}: delays {given.min()} to {given.max()} steps, the field holds 0 to "
            f"{fx.DELAY_MAX}; train with a smaller max_delay"
        )
    out, into = shape
    if given.size == 1:
        return np.full(shape, given.ravel()[0])
    if given.size == out:
        return np.repeat(given.reshape(-1, 1), into, axis=1)
    if given.size == into:
        return np.repeat(given.reshape(1, -1), out, axis=0)
    if given.shape == shape:
        return given
    raise NetworkError(
        f"{fields.where}: delay has shape {given.shape}, needed one number, one per neuron ({out}) "
        "or one per input"
    )


def _shape(fields: Fields) -> Shape:
    given = fields.integers("shape").ravel().tolist()
    if len(given) not in (1, 3) or min(given) < 1:
        raise NetworkError(
            f"{fields.where}: shape is {given}, needed channels, height and width, or channels "
            "alone"
        )
    return Shape(*given)


def _neuron(fields: Fields) -> QNeuron:
    own = Fields(f"{fields.where}, neuron", fields.within("neuron").group)
    kind = own.text("type")
    if kind not in ("LOIHI", "CUBA", "ALIF"):
        why = next((text for name, text in NEURONS.items() if kind.startswith(name)), "unknown")
        raise NetworkError(
            f"{own.where}: '{kind}' cannot be read: {why}; known: CUBA, LOIHI, ALIF; train with "
            "slayer.block.cuba"
        )
    if "refDelay" in own:
        own.integer("refDelay", 1, 1, "a neuron may fire in every step")
    if "wgtExp" in own:
        own.integer("wgtExp", 0, 0, "netx leaves it out")
    if "gradedSpike" in own and own.value("gradedSpike").any():
        raise NetworkError(f"{own.where}: gradedSpike is set; only plain spikes are read")
    return _alif(own) if kind == "ALIF" else _cuba(own)


def _cuba(fields: Fields) -> QNeuron:
    return QLIF(
        current_decay=_current_decay(fields),
        voltage_decay=fields.integer("vDecay", 0, fx.DECAY_ONE - 1, "the chip's field has 12 bits"),
        threshold=fields.integer("vThMant", 1, fx.THRESHOLD_MAX, "the chip's field has 17 bits"),
    )


def _alif(fields: Fields) -> QNeuron:
    """SLAYER's adaptive neuron, which netx does not read."""
    one, largest = fx.DECAY_ONE, fx.STATE_MAX >> fx.GUARD_BITS
    return QRefractoryLIF(
        current_decay=_current_decay(fields),
        voltage_decay=fields.integer("vDecay", 0, one),
        threshold=fields.integer("vThMant", 1, largest) << fx.GUARD_BITS,
        threshold_decay=fields.integer("thDecay", 0, one),
        threshold_step=fields.integer("vThStep", 0, largest) << fx.GUARD_BITS,
        refractory_decay=fields.integer("refDecay", 0, one),
    )


def _current_decay(fields: Fields) -> int:
    return fields.integer("iDecay", 1, fx.DECAY_ONE, "u always loses at least 1/4096") - 1


def _steps(file: h5py.File) -> int | None:
    found = file.get("simulation")
    if not isinstance(found, h5py.Group) or "tSample" not in found:
        return None
    return Fields("simulation", found).integer("tSample", 1, 1 << 31)
