"""Traces of a Loihi 2 as files have them, in the order of rows and updates of an import.

Source: lava-dl @ d825ac5 (BSD-3-Clause, Intel Corporation), ground truths of its tests, the arrays
of a network in one .npz. PilotNet's are of two runs: one begins anew every 17 steps, the other, of
which fc-3 is, every 16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import ProfileError
from neurograph.core.nearest import unknown
from neurograph.ir import QNetwork
from neurograph.runtime.exporters import read_network
from neurograph.verify.replay import Traced

FIRED_V = 128  # what the chip stores as v where a neuron has just fired
PILOTNET = ("input", "conv_0", "conv_1", "conv_2", "conv_3", "conv_4", "fc_0", "fc_1", "fc_2")


@dataclass(frozen=True, eq=False, kw_only=True)
class Silicon:
    """One run of a chip.

    Attributes:
        network: that ran.
        inputs: per stream, ``(1, steps, rows, channels)``.
        traced: per population.
    """

    network: QNetwork
    inputs: Mapping[str, Array]
    traced: Mapping[str, Traced]


@cache
def pilotnet(folder: Path) -> Silicon:
    """24 steps: spikes of every layer, u and v of most."""
    run = _pilotnet(folder, 24, reset_interval=17)
    with np.load(folder / "pilotnet_lif_traces.npz") as files:
        traced = {
            p.name: Traced(
                spikes=_updates(files[name], p.rows),
                u=_updates(files[f"{name}_u"], p.rows) if f"{name}_u" in files else None,
                v=_updates(files[f"{name}_v"], p.rows) if f"{name}_v" in files else None,
                fired_v=FIRED_V,
            )
            for p, name in zip(run.network.populations, PILOTNET, strict=False)
        }
    return replace(run, traced=traced)


@cache
def pilotnets_last(folder: Path) -> Silicon:
    """fc-3, which never fires: u and v over 25 steps of another run."""
    run = _pilotnet(folder, 25, reset_interval=16, reset_offset=15)
    with np.load(folder / "pilotnet_lif_traces.npz") as files:
        u, v = (_updates(files[f"fc_3_{what}"], 1) for what in "uv")
        silent = _updates(files["fc_3_s"], 1).astype(bool)
    return replace(run, traced={"dense10": Traced(spikes=silent, u=u, v=v, fired_v=FIRED_V)})


@cache
def tinynet(folder: Path) -> Silicon:
    """15 steps of each layer, which begins a step later than the one before."""
    whole = read_network(folder / "tiny.net", "netx", {"reset_interval": 16})
    with np.load(folder / "tinynet_traces.npz") as files:
        image = files["input_bias"].reshape(1, 1, 256, 3).astype(np.int32)
        recorded = [_aligned(files[name]).astype(bool) for name in ("input", "layer1", "output")]
        current = _aligned(files["current"]).astype(np.int64) << 6
    traced = {
        p.name: Traced(spikes=spikes, u=current if p.name == "conv1" else None, first=late)
        for late, (p, spikes) in enumerate(zip(whole.populations, recorded, strict=True))
    }
    network = replace(whole, steps=15 + len(traced) - 1)
    inputs = {"input": np.repeat(image, network.steps, axis=1)}
    return Silicon(network=network, inputs=inputs, traced=traced)


@cache
def dense(folder: Path) -> Silicon:
    """The first layer of the Oxford network over 2,000 steps: spikes and synaptic currents."""
    whole = read_network(folder / "oxford.net", "netx")
    with np.load(folder / "dense_traces.npz") as files:
        given, out, current = (files[name] for name in ("in", "out", "current"))
    network = replace(
        whole,
        steps=given.shape[1],
        populations=whole.populations[:1],
        projections=whole.projections[:1],
    )
    traced = Traced(
        spikes=_updates(out, 1).astype(bool), u=_updates(current, 1).astype(np.int64) << 6
    )
    inputs = {"input": _updates(given, 1)[None].astype(np.int8)}
    return Silicon(network=network, inputs=inputs, traced={"dense0": traced})


def _pilotnet(folder: Path, steps: int, **resets: int) -> Silicon:
    network = replace(read_network(folder / "pilotnet_lif.net", "netx", resets), steps=steps)
    with np.load(folder / "pilotnet_lif_traces.npz") as files:
        image = files["image"].reshape(1, 1, -1, 3).astype(np.int32)
    return Silicon(network=network, inputs={"input": np.repeat(image, steps, axis=1)}, traced={})


def _updates(trace: Array, rows: int) -> Array:
    """``(updates, rows, channels)`` of axes x, y, channel, step, or channel, step."""
    steps = np.moveaxis(trace, -1, 0)
    return np.ascontiguousarray(steps.reshape(len(steps), rows, -1))


def _aligned(trace: Array) -> Array:
    """Likewise of axes 1, channel, y, x, step, of which the first step is empty in every layer."""
    whole = trace[0].transpose(3, 2, 1, 0)
    return np.ascontiguousarray(whole.reshape(len(whole), -1, whole.shape[3])[1:])


NETWORKS = {"dense": "oxford.net", "tinynet": "tiny.net"}
NETWORKS |= dict.fromkeys(("pilotnet", "pilotnet, fc-3"), "pilotnet_lif.net")
RECORDED = {"dense": "dense_traces.npz", "tinynet": "tinynet_traces.npz"}
RECORDED |= dict.fromkeys(("pilotnet", "pilotnet, fc-3"), "pilotnet_lif_traces.npz")
RUNS: Mapping[str, Callable[[Path], Silicon]] = {
    "dense": dense,
    "tinynet": tinynet,
    "pilotnet": pilotnet,
    "pilotnet, fc-3": pilotnets_last,
}


def missing(folder: Path | None, run: str) -> tuple[str, ...]:
    """Files that a run needs and the folder lacks.

    Raises:
        ProfileError: no such run.
    """
    if run not in RUNS:
        raise ProfileError(unknown("recorded run", run, RUNS))
    names = (NETWORKS[run], RECORDED[run])
    return tuple(name for name in names if folder is None or not (folder / name).is_file())
