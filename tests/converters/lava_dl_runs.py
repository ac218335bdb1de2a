"""Runs in an interpreter that has lava-dl, and in no other: trains, exports, runs on Lava.

``lava_dl_runs.py FOLDER``: per network a file NAME.net, what goes in and what every layer sends, in
NAME.npz. ``lava_dl_runs.py FOLDER pilotnet SILICON STEPS``: seconds of lava-dl's own network, in
seconds.json. Nothing of it is copied from lava-dl; it follows its documentation.
"""

from __future__ import annotations

import importlib.machinery
import json
import sys
import time
import types
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from neurograph_lava.compat import patch_lava

STEPS = 40
ALIF_ALONE = "alif"  # lava-dl's own reader knows no such neuron: SLAYER itself says what they do
CUBA = {"threshold": 1.0, "current_decay": 0.3, "voltage_decay": 0.1, "requires_grad": False}


def without_torchvision() -> None:
    """lava-dl imports it for its object detection alone."""
    for name in ("torchvision", "torchvision.ops", "torchvision.transforms"):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        module.__getattr__ = lambda _: mock.MagicMock()  # type: ignore[method-assign]
        sys.modules[name] = module
    functional = types.ModuleType("torchvision.transforms.functional")
    functional.__spec__ = importlib.machinery.ModuleSpec(functional.__name__, None)
    functional.__getattr__ = lambda _: mock.MagicMock()  # type: ignore[method-assign]
    sys.modules[functional.__name__] = functional


def with_wide_inputs() -> None:
    """Lava's Conv adds int8 to sizes, which overflows above 127 from numpy 2 on."""
    from lava.proc.conv import utils

    own = utils.output_shape

    def plain(shape: Any, channels: int, *pairs: Any) -> Any:
        return own(shape, channels, *(tuple(int(x) for x in pair) for pair in pairs))

    utils.output_shape = plain


ALIF = CUBA | {"threshold_step": 0.5, "threshold_decay": 0.05, "refractory_decay": 0.2}


def networks() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Blocks by name, and the shape of what enters."""
    from lava.lib.dl import slayer

    block = slayer.block.cuba
    wide = {"weight_scale": 3, "weight_norm": True}
    return {
        "dense": (
            [
                block.Dense(CUBA, 20, 30, delay=True, **wide),
                block.Dense(CUBA, 30, 24, **wide),
                block.Dense(CUBA, 24, 10, delay=True, **wide),
            ],
            (20,),
        ),
        "conv": (
            [
                block.Conv(CUBA, 2, 6, 3, stride=2, padding=1, **wide),
                block.Conv(CUBA, 6, 8, (2, 3), groups=2, dilation=(1, 2), **wide),
                block.Flatten(),
                block.Dense(CUBA, 8 * 3 * 1, 10, **wide),
            ],
            (2, 8, 9),
        ),
        "recurrent": (
            [
                block.Dense(CUBA, 20, 16, delay_shift=False, **wide),
                block.Recurrent(CUBA, 16, 12, delay_shift=False, **wide),
                block.Dense(CUBA, 12, 10, delay_shift=False, **wide),
            ],
            (20,),
        ),
        ALIF_ALONE: (
            [
                slayer.block.alif.Dense(ALIF, 20, 16, **wide),
                slayer.block.alif.Dense(ALIF, 16, 12, **wide),
                slayer.block.alif.Dense(ALIF, 12, 10, **wide),
            ],
            (20,),
        ),
    }


def train(blocks: list[Any], x: Any, steps: int = 12) -> Any:
    """The network after some steps of gradient descent towards a rate per class."""
    import torch
    from lava.lib.dl import slayer

    network = torch.nn.ModuleList(blocks)
    with torch.no_grad():
        forward(network, x)  # neurons and delays take their shapes
    for block in network:
        if getattr(block, "delay", None) is not None:  # they begin at 0, and learn slowly
            torch.nn.init.uniform_(block.delay.delay, 0.0, 7.0)
    loss = slayer.loss.SpikeRate(true_rate=0.4, false_rate=0.05)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    labels = torch.arange(len(x)) % 10
    for _ in range(steps):
        found = loss(forward(network, x)[-1], labels)
        optimiser.zero_grad()
        found.backward()
        optimiser.step()
    return network


def forward(network: Any, x: Any) -> list[Any]:
    """What every block sends."""
    found = []
    for block in network:
        x = block(x)
        found.append(x)
    return found


def export(network: Any, path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        layers = file.create_group("layer")
        for number, block in enumerate(network):
            block.export_hdf5(layers.create_group(f"{number}"))


def on_lava(path: Path, x: np.ndarray, input_shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """What every layer of lava-dl's own network sends: bool ``(steps, ..)``, axes x, y, channel."""
    from lava.lib.dl import netx
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.sink import RingBuffer as Sink
    from lava.proc.io.source import RingBuffer as Source

    network = netx.hdf5.Network(net_config=str(path), input_shape=input_shape)
    source = Source(data=np.moveaxis(x, 0, -1).astype(int))
    source.s_out.connect(network.inp)
    sinks = []
    for layer in network.layers:
        sinks.append(Sink(shape=layer.out.shape, buffer=len(x)))
        layer.neuron.s_out.connect(sinks[-1].a_in)
    network.run(RunSteps(num_steps=len(x)), Loihi2SimCfg(select_tag="fixed_pt"))
    try:
        return {
            f"layer{number}": np.moveaxis(sink.data.get(), -1, 0).astype(bool)
            for number, sink in enumerate(sinks)
        }
    finally:
        network.stop()


def train_and_run(folder: Path) -> None:
    import torch

    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    for name, (blocks, shape) in networks().items():
        x = (rng.random((10, *shape, STEPS)) < 0.35).astype(np.float32)
        # a recurrent block keeps the graph of its last forward pass: one step, and no second
        trained = train(blocks, torch.from_numpy(x), steps=1 if name == "recurrent" else 12)
        path = folder / f"{name}.net"
        export(trained, path)
        if name == ALIF_ALONE:
            found = forward(trained, torch.from_numpy(x[:1]))
            sent = {f"layer{k}": y[0].detach().numpy().T.astype(bool) for k, y in enumerate(found)}
            np.savez(folder / f"{name}.npz", x=x[0].T.astype(bool), **sent)
            continue
        first = np.moveaxis(x[0], -1, 0)
        lavas = first.transpose(0, 3, 2, 1) if len(shape) == 3 else first
        sent = on_lava(path, lavas, shape[::-1])
        np.savez(folder / f"{name}.npz", x=lavas.astype(bool), **sent)


def time_pilotnet(folder: Path, silicon: Path, steps: int) -> None:
    """Seconds of the first step, start-up included, and of all further ones."""
    from lava.lib.dl import netx
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    began = time.perf_counter()
    network = netx.hdf5.Network(net_config=str(silicon / "pilotnet_lif.net"))
    with np.load(silicon / "pilotnet_lif_traces.npz") as files:
        network.in_layer.neuron.bias_mant.init = files["image"].astype(np.int32)
    config = Loihi2SimCfg(select_tag="fixed_pt")
    network.run(RunSteps(num_steps=1), config)
    first = time.perf_counter()
    network.run(RunSteps(num_steps=steps - 1), config)
    done = time.perf_counter()
    network.stop()
    seconds = {"first": first - began, "others": done - first}
    (folder / "seconds.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    patch_lava()
    without_torchvision()
    with_wide_inputs()
    if sys.argv[2:3] == ["pilotnet"]:
        time_pilotnet(Path(sys.argv[1]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        train_and_run(Path(sys.argv[1]))
