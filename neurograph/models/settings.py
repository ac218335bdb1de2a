"""Training settings, as one flat record that a file, a command line and a checkpoint share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec
from neurograph.models import design
from neurograph.models.config import ModelConfig
from neurograph.models.registry import CONFIGS, TWINS, check_model

DEVICES = ("auto", "cpu", "cuda")
SCHEDULES = ("constant", "cosine")
BITS = {"weight_bits": (2, 8), "feature_bits": (2, 16)}  # widths that integers can have


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """What `train` does; the defaults are SpikeNet's own for DBLP.

    Attributes:
        model: name of the model. hidden to dropout: see `SpikeNetConfig`.
        latency to spectral_bound: of `dysign`, see `DySignConfig`.
        fanouts, cumulative_share: see `TreeSpec`.
        epochs, batch: passes over the training nodes, and nodes per optimiser step.
        learning_rate, weight_decay: of AdamW.
        schedule: `constant`, or `cosine`: down to 0 along half a cosine over all steps.
        seed: of the initial weights, the order of the nodes, the neighbours and the dropout.
        train_share, val_share, split_seed: see `splits.stratified_split`.
        val_draws: sampled trees per validation node whose logits are averaged.
        device: `auto` takes CUDA where there is one.
        qat: train on in integers: epochs whose forward pass is that of the chip.
        weight_bits, feature_bits: of the integers, signs included.
        qat_epochs, qat_learning_rate: of those epochs; the rate falls to 0 along half a cosine.
    """

    model: str = "spikenet"
    hidden: tuple[int, ...] = (128, 10)
    fanouts: tuple[int, ...] = (5, 2)
    cumulative_share: float = 0.5
    neuron: str = "alif"
    tau: float = 1.0
    threshold: float = 1.0
    gamma: float = 0.2
    threshold_decay: float = 0.3
    surrogate: str = "sigmoid"
    alpha: float = 1.0
    dropout: float = 0.7
    latency: int = 5
    leak: float = 0.8
    feedback: bool = True
    compensation: bool = True
    solver: str = "broyden"
    spectral_bound: float = 1.0
    epochs: int = 100
    batch: int = 1024
    learning_rate: float = 5e-3
    weight_decay: float = 0.01
    schedule: str = "constant"
    seed: int = 2022
    train_share: float = 0.4
    val_share: float = 0.05
    split_seed: int = 42
    val_draws: int = 1
    device: str = "auto"
    qat: bool = False
    weight_bits: int = 8
    feature_bits: int = 8
    qat_epochs: int = 20
    qat_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("hidden", "fanouts"):  # lists, where they come from a file
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("epochs", "batch", "val_draws", "qat_epochs"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name} is {getattr(self, name)}, needed at least 1")
        if not self.learning_rate > 0 or not self.weight_decay >= 0:
            raise ModelError(
                f"learning rate {self.learning_rate}, weight decay {self.weight_decay}; "
                "needed above 0, and at least 0"
            )
        if not self.qat_learning_rate > 0:
            raise ModelError(f"qat_learning_rate is {self.qat_learning_rate}, needed above 0")
        for name, (low, high) in BITS.items():
            if not low <= getattr(self, name) <= high:
                raise ModelError(f"{name} is {getattr(self, name)}, needed {low} to {high}")
        for name, known in (("schedule", SCHEDULES), ("device", DEVICES)):
            if getattr(self, name) not in known:
                raise ModelError(f"no {name} '{getattr(self, name)}'; known: {', '.join(known)}")
        check_model(self.model)
        self._check_owner()
        self.config(
            features=1, classes=2, steps=1
        )  # refuses what makes no model, whatever the data

    def _check_owner(self) -> None:
        """Raise ModelError if a model is given what only another one has."""
        if changed := design.unusual(self, _FOREIGN[self.model]):
            why = "has no spikes, so it" if self.model in TWINS else "has neurons of another kind:"
            raise ModelError(
                f"model {self.model} {why} takes no {', '.join(changed)}; leave that out"
            )

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> TrainSettings:
        """Settings by name.

        Raises:
            ModelError: a name that is no setting, or a value that cannot be one.
        """
        known = [f.name for f in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise ModelError(f"no setting '{unknown[0]}'; known: {', '.join(known)}")
        return cls(**given)

    def as_mapping(self) -> dict[str, Any]:
        """JSON values by name."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in asdict(self).items()}

    def config(self, *, features: int, classes: int, steps: int) -> ModelConfig:
        """The model that these settings describe, for data of these sizes."""
        kind = CONFIGS[self.model]
        own = {f.name for f in fields(kind)} & {f.name for f in fields(self)}
        return kind(
            features=features,
            classes=classes,
            steps=steps,
            tree=TreeSpec(fanouts=self.fanouts, cumulative_share=self.cumulative_share),
            **{name: getattr(self, name) for name in own},
        )


_SPIKENET = (*design.OF_SPIKENET, "surrogate", "alpha")
_DYSIGN = (*design.OF_DYSIGN, "solver", "spectral_bound")
_INTEGERS = ("qat", "weight_bits", "feature_bits", "qat_epochs", "qat_learning_rate")
_FOREIGN: Mapping[str, tuple[str, ...]] = {  # settings that a model has nothing to do with
    "spikenet": _DYSIGN,
    "dysign": (*(name for name in _SPIKENET if name != "surrogate"), *_INTEGERS),
    **{name: (*_SPIKENET, "threshold", *_DYSIGN, *_INTEGERS) for name in TWINS},
}

PRESETS: Mapping[str, TrainSettings] = {
    # the rate falls to 0, so that the last epochs agree and picking one of them is no lottery
    "dblp": TrainSettings(**design.PRESETS["dblp"], schedule="cosine"),
    # batches of SpikeNet's paper for its larger graphs
    "tmall": TrainSettings(**design.PRESETS["tmall"], cumulative_share=1.0, schedule="cosine"),
    "patent": TrainSettings(
        **design.PRESETS["patent"], batch=2048, cumulative_share=1.0, schedule="cosine"
    ),
    "demo": TrainSettings(**design.PRESETS["demo"], epochs=30, batch=64, schedule="cosine"),
    "dblp-dysign": TrainSettings(**design.PRESETS["dblp-dysign"], schedule="cosine"),
    "demo-dysign": TrainSettings(
        **design.PRESETS["demo-dysign"], epochs=30, batch=64, schedule="cosine"
    ),
}
