"""In which integers: widths that are asked for, and how to round a network in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, Scheme
from neurograph.models.config import RESIDENT
from neurograph.quantization import choose_scheme
from neurograph.workflow.dataset import Dataset

if TYPE_CHECKING:
    from neurograph.models import Checkpoint, TrainSettings

CALIBRATION_NODES = 512
MOST_NUMBERS = 1 << 28  # inputs of calibration nodes held at once: 1 GB
DEFAULT_BITS = 8
# what a scheme must not exceed: name of the setting, and of the profile's limit
_WIDTHS = {"weight_bits": "weight_bits", "feature_bits": "payload_bits"}


class Widths(TypedDict):
    """Bits of weights and features, signs included."""

    weight_bits: int
    feature_bits: int


def chosen_widths(
    checkpoint: Checkpoint, weight_bits: int | None, feature_bits: int | None
) -> Widths:
    """The widths to export in: those asked for, else those trained in, else 8.

    Raises:
        NetworkError: others than those that the model was trained in.
    """
    asked = {"weight_bits": weight_bits, "feature_bits": feature_bits}
    trained = checkpoint.settings if checkpoint.scheme is not None else None
    for name, bits in asked.items():
        before = getattr(trained, name, bits)
        if bits is not None and bits != before:
            raise NetworkError(
                f"--{name.replace('_', '-')} is {bits}, but the model was trained in integers with "
                f"{before}; leave the option out, or train again: neurograph train --qat"
            )
    held = {name: getattr(trained, name, DEFAULT_BITS) for name in asked}
    if checkpoint.config.binary:
        if feature_bits not in (None, 1):
            raise NetworkError(
                f"--feature-bits is {feature_bits}, but every feature is 0 or 1, a plain spike; "
                "leave the option out"
            )
        held["feature_bits"] = 1
    return Widths(
        weight_bits=held["weight_bits"] if weight_bits is None else weight_bits,
        feature_bits=held["feature_bits"] if feature_bits is None else feature_bits,
    )


def check_widths(settings: TrainSettings, chip: HardwareProfile, *, binary: bool = False) -> None:
    """Raise NetworkError unless the chip has weights and payloads as wide as these settings'.

    Args:
        settings: of a training in integers.
        chip: on which it is to run.
        binary: every feature is 0 or 1, and needs no payload.
    """
    for name, limit_name in _WIDTHS.items():
        if binary and name == "feature_bits":
            continue
        bits, limit = getattr(settings, name), chip.limit(limit_name)
        if limit is not None and bits > limit:
            raise NetworkError(
                f"{name} is {bits}, profile '{chip.name}' has {limit:g}; train with fewer, or for "
                "another profile"
            )


def calibration_nodes(
    dataset: Dataset, tree: TreeSpec | None, wanted: int = CALIBRATION_NODES
) -> Array:
    """Training nodes by which a network is rounded: as many as wanted, or as memory holds.

    Args:
        tree: whose inputs memory must hold; None: those of all nodes are, in any case.
    """
    if tree is None:
        return dataset.nodes("train", wanted)
    heard = dataset.graph.num_classes if dataset.label_input else 0
    each = dataset.graph.num_steps * tree.slots * (dataset.features.num_features + heard)
    return dataset.nodes("train", min(wanted, max(1, MOST_NUMBERS // each)))


def scheme_chooser(
    dataset: Dataset, settings: TrainSettings, chip: HardwareProfile
) -> Callable[[Network], Scheme]:
    """How to round a network that is trained on `dataset`, for `chip`: by its training nodes."""
    tree = None if settings.own.mapping == RESIDENT else settings.own.tree

    def choose(network: Network) -> Scheme:
        nodes = calibration_nodes(dataset, tree)
        widths = {name: getattr(settings, name) for name in _WIDTHS}
        if tree is None:
            given, judges = dataset.whole_inputs(), nodes
        else:
            given, judges = dataset.inputs(nodes, tree), None
        scheme, _ = choose_scheme(network, chip, given, **widths, judges=judges)
        return scheme

    return choose
