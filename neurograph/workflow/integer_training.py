"""What training in integers needs of other steps: how to round, and the run to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import NetworkError, RunError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, Scheme
from neurograph.quantization import choose_scheme
from neurograph.runtime import host
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.handover import STREAM, Source, checkpoint_sha256, open_source

if TYPE_CHECKING:
    from neurograph.models import Checkpoint, TrainSettings

CALIBRATION_NODES = 512
DEFAULT_BITS = 8
SAMPLE_SEED = 1  # of the neighbours drawn for calibration and inference
# what a scheme must not exceed: name of the setting, and of the profile's limit
_WIDTHS = {"weight_bits": "weight_bits", "feature_bits": "payload_bits"}


@dataclass(frozen=True, eq=False)
class Start:
    """A trained run that another training goes on from.

    Attributes:
        graph: its folder. method: of its features. settings: as that run's manifest has them.
    """

    run: RunFolder
    graph: Path
    method: str
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, run: RunFolder) -> Start:
        """Raises RunError unless a model was trained there, and DataError if its input changed."""
        open_source(run)
        run.need(run.best, "neurograph train")
        trained = run.read_manifest()["train"]
        return cls(run, Path(trained["graph"]), trained["features"], trained["settings"])

    def check_other(self, run: RunFolder) -> None:
        """Raise RunError if the new training would overwrite what it starts from."""
        if run.path.resolve() == self.run.path.resolve():
            raise RunError(f"{run.path}: the run to start from; give another folder (-o)")

    def checkpoint(self) -> Checkpoint:
        """The model that validation picked there."""
        from neurograph import models as snn

        return snn.load_checkpoint(self.run.checkpoint)

    def facts(self) -> dict[str, Any]:
        """What the manifest of the new run says of the old one."""
        return {"run": str(self.run.path), "checkpoint_sha256": checkpoint_sha256(self.run)}


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
    return Widths(
        weight_bits=held["weight_bits"] if weight_bits is None else weight_bits,
        feature_bits=held["feature_bits"] if feature_bits is None else feature_bits,
    )


def check_widths(settings: TrainSettings, chip: HardwareProfile) -> None:
    """Raise NetworkError unless the chip has weights and payloads as wide as these settings'."""
    for name, limit_name in _WIDTHS.items():
        bits, limit = getattr(settings, name), chip.limit(limit_name)
        if limit is not None and bits > limit:
            raise NetworkError(
                f"{name} is {bits}, profile '{chip.name}' has {limit:g}; train with fewer, or for "
                "another profile"
            )


def scheme_chooser(
    source: Source, settings: TrainSettings, chip: HardwareProfile
) -> Callable[[Network], Scheme]:
    """How to round a network that is trained on `source`, for `chip`: by its training nodes."""
    tree = TreeSpec(fanouts=settings.fanouts, cumulative_share=settings.cumulative_share)

    def choose(network: Network) -> Scheme:
        nodes = source.nodes("train", CALIBRATION_NODES)
        given = host.inputs(source.graph, source.features, tree, nodes, seed=SAMPLE_SEED)
        widths = {name: getattr(settings, name) for name in _WIDTHS}
        scheme, _ = choose_scheme(network, chip, {STREAM: given}, **widths)
        return scheme

    return choose
