"""Checkpoints: one safetensors file each, with everything else as JSON in its header.

One file, so that weights and settings can never be of two different epochs. `best.safetensors`
is the model that validation picked; `last.safetensors` also holds the optimiser, to resume from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError, NetworkError, NeuroGraphError, StoreError
from neurograph.core.files import replacing
from neurograph.core.form import NUMBER, Each, Maybe, check_form
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.core.reading import open_regular, within
from neurograph.graphs.graph import TemporalGraph
from neurograph.ir import Network, Scheme
from neurograph.models.config import MAPPINGS, TREES, ModelConfig
from neurograph.models.contents import KEY, check_contents, fingerprint_of
from neurograph.models.header import HEADER, decode_config, encode_config
from neurograph.models.layers.names import check_name
from neurograph.models.memory_needed import weights_of
from neurograph.models.registry import build, config_class
from neurograph.models.settings import TrainSettings
from neurograph.models.tree_model import TreeModel

KIND, SCHEMA = "neurograph checkpoint", 2
_READ = (1, SCHEMA)  # the first had no scheme
BEST, LAST = "best.safetensors", "last.safetensors"
_MALFORMED = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, MemoryError),
    NetworkError,
)
FORM = {
    "config": dict,
    "settings": dict,
    "meta": {
        "graph": Maybe({"sha256": str, "name": Maybe(str)}),
        "features": Maybe({"sha256": str}),
        "split": Maybe(str),
        "metrics": Maybe(dict),
        "start": Maybe(str),
        "history": Maybe([dict]),
    },
}
EPOCH = {  # and scores, whose names begin with "val_"
    "epoch": int,
    "loss": Maybe(NUMBER),
    "phase": Maybe(str),
    "firing_rate": Maybe([NUMBER]),
    "out_of_range": Maybe(Each(NUMBER)),
}
MANY_TIMES = 8  # what `weights_of` may be off, for a model that shares weights
_OPTIMIZER, _MEAN = "optimizer/", "mean/"  # before the names of tensors that are no weights


@dataclass(frozen=True, eq=False, kw_only=True)
class Checkpoint:
    """A trained model and where it came from.

    Attributes:
        model: its name.
        config: its sizes.
        settings: of its training.
        state: weights by name.
        optimizer: its tensors by name, where kept.
        mean: running mean of the weights by name, where one is made and the training can go on.
        meta: JSON values: `graph` (name, sha256, generated), `features` (sha256, method),
            `split`, `epoch`, `metrics` (of that epoch, on validation nodes), `history` in `last`.
        scheme: the integers that the model was trained in, and is to be run in; None: in floats.
    """

    model: str
    config: ModelConfig
    settings: TrainSettings
    state: Mapping[str, Tensor]
    meta: Mapping[str, Any]
    optimizer: Mapping[str, Tensor]
    mean: Mapping[str, Tensor] = field(default_factory=dict)
    scheme: Scheme | None = None

    def with_latency(self, latency: int) -> Checkpoint:
        """The same weights with other latency steps per snapshot than trained with.

        Rates settle at the same point in any number of them, sooner or closer.

        Raises:
            ModelError: a model without latency steps, or less than one.
        """
        return replace(self, config=self.config.with_latency(latency))

    def with_steps(self, steps: int) -> Checkpoint:
        """The same weights over so many snapshots, where they serve any number.

        Raises:
            ModelError: another number than trained with, of a readout with weights per snapshot.
        """
        return replace(self, config=self.config.with_steps(steps))

    def restore(self) -> TreeModel:
        """The model with its weights.

        Raises:
            ModelError: the weights are of another model, or beyond its bounds.
        """
        held = sum(tensor.numel() for tensor in self.state.values())
        if (least := weights_of(self.config)) > MANY_TIMES * held:  # which memory may not hold
            raise ModelError(
                f"checkpoint is of another model: {held:,} weights, where its sizes make {least:,}"
            )
        model = build(self.model, self.config)
        wanted = {name: tuple(t.shape) for name, t in model.state_dict().items()}
        found = {name: tuple(t.shape) for name, t in self.state.items()}
        if wanted != found:
            name = sorted(set(wanted.items()) ^ set(found.items()))[0][0]
            raise ModelError(
                f"checkpoint is of another model: '{name}' is {found.get(name, 'missing')}, "
                f"{self.model} needs {wanted.get(name, 'none')}"
            )
        model.load_state_dict(dict(self.state))
        model.check_weights()
        return model.eval()


def capture(
    checkpoint: Checkpoint,
    *,
    latency: int | None = None,
    mapping: str | None = None,
    graph: TemporalGraph | None = None,
    seen: Array | None = None,
) -> Network:
    """The float network of a checkpoint's weights: of one node, or of a whole graph.

    1/k and 1/tau are folded into weights. Dropout is absent: it acts in training only. See
    `tree_network`, `resident_network`.

    Args:
        latency: steps per snapshot, other than trained with; see `Checkpoint.with_latency`.
        mapping: "trees" or "resident"; None: as trained.
        graph: of a resident network, whose edges carry the spikes.
        seen: bool ``(N,)``, its nodes that send their label, of a model that hears labels.

    Raises:
        ModelError: a model without spikes, a latency for one that has no latency steps, a mapping
            that the model does not have, or a resident network without its graph.
        NetworkError: a weight or bias is not finite.
    """
    of = checkpoint if latency is None else checkpoint.with_latency(latency)
    mapping = mapping or of.config.mapping
    check_name("mapping", mapping, MAPPINGS)
    if mapping == TREES:
        return of.restore().capture()
    if graph is None:
        raise ModelError("a resident network is of a graph: give the graph whose edges it has")
    return of.config.resident_network(graph, of.restore().captured(), seen=seen)


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write one file; it appears whole or not at all.

    Raises:
        MachineError: it cannot be written: no space, no permission.
    """
    tensors = dict(checkpoint.state)
    tensors.update({_OPTIMIZER + name: t for name, t in checkpoint.optimizer.items()})
    tensors.update({_MEAN + name: t for name, t in checkpoint.mean.items()})
    header = {
        "kind": KIND,
        "schema": SCHEMA,
        "model": checkpoint.model,
        "config": encode_config(checkpoint.config),
        "settings": checkpoint.settings.to_dict(),
        "meta": dict(checkpoint.meta),
        "scheme": checkpoint.scheme and checkpoint.scheme.to_dict(),
    }
    whole = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    header[KEY] = fingerprint_of(header, whole)
    data = save(whole, {HEADER: json.dumps(header, allow_nan=False)})  # its own files are 0600
    with replacing(path, len(data)) as unfinished:
        unfinished.write_bytes(data)


def _refuse_pytorch(path: Path) -> None:
    """Raise StoreError for a file of torch.save, which is damaged only as a checkpoint of ours."""
    with open_regular(path) as file:
        start = file.read(2)
    if start in (b"PK", b"\x80\x02"):  # an archive, or the older pickle
        raise StoreError(
            f"{path}: a PyTorch file (torch.save), not a checkpoint of neurograph train, which is "
            "in the safetensors format and says which model it is of; train here: neurograph train"
        )


def load_checkpoint(folder: Path, name: str = BEST) -> Checkpoint:
    """Read `name` of a checkpoint folder: by default the model that validation picked.

    Raises:
        StoreError: no such file, another kind or schema, or a damaged file.
        ModelError: a model that this version does not know, or weights of another one.
    """
    path = within(folder, name)
    if not path.exists():
        raise StoreError(f"{path}: no such checkpoint; run first: neurograph train")
    _refuse_pytorch(path)
    try:
        with safe_open(path, framework="pt") as file:
            header = parse_json((file.metadata() or {}).get(HEADER, "{}"))
            _check_header(header, path)
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        check_contents(header, tensors, path)
        checkpoint = _decode(header, tensors)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except (SafetensorError, OSError, *_MALFORMED) as error:
        damaged = StoreError(f"{path}: damaged or not a checkpoint ({error}); train again")
        raise unreadable(path, error, damaged) from error
    try:
        checkpoint.restore()
    except NeuroGraphError as error:
        raise ModelError(f"{path}: {error}") from error
    return checkpoint


def _check_header(header: Mapping[str, Any], path: Path) -> None:
    if header.get("kind") != KIND:
        raise StoreError(f"{path}: a safetensors file, but not a NeuroGraph checkpoint")
    schema = header.get("schema")
    if schema not in _READ:
        newer = isinstance(schema, int) and schema > SCHEMA
        remedy = "upgrade neurograph" if newer else "train again"
        raise StoreError(
            f"{path}: schema {schema}, this neurograph reads {_READ[0]} to {SCHEMA}; {remedy}"
        )
    config_class(str(header["model"]))


def _decode(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Checkpoint:
    name = str(header["model"])
    check_form(header, FORM)
    for row in header["meta"].get("history", ()):
        scores = {key: (*NUMBER, type(None)) for key in row if key.startswith("val_")}
        check_form(row, {**EPOCH, **scores})
    return Checkpoint(
        model=name,
        config=decode_config(name, header["config"]),
        settings=TrainSettings.from_dict(header["settings"]),
        state={n: t for n, t in tensors.items() if not n.startswith((_OPTIMIZER, _MEAN))},
        meta=header["meta"],
        scheme=Scheme.from_dict(scheme) if (scheme := header.get("scheme")) else None,
        optimizer=_behind(_OPTIMIZER, tensors),
        mean=_behind(_MEAN, tensors),
    )


def _behind(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """State of an optimiser by parameter number and name, e.g. ``"3/exp_avg"``."""
    state = optimizer.state_dict()["state"]
    return {f"{i}/{name}": t for i, of in state.items() for name, t in of.items()}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split("/")
        state.setdefault(int(number), {})[name] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
