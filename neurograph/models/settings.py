"""Training settings, as one flat record that a file, a command line and a checkpoint share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neurograph.core.errors import ModelError
from neurograph.core.nearest import unknown
from neurograph.core.setting import (
    check_kinds,
    check_numbers,
    non_default,
    setting,
    settings_of,
    values,
)
from neurograph.models import registry
from neurograph.models.config import RESIDENT, ModelConfig
from neurograph.models.layers.names import check_name
from neurograph.tasks import DEFAULT as DEFAULT_TASK
from neurograph.tasks import SPLITS, find_task, known_tasks
from neurograph.tasks.split import FILE

if TYPE_CHECKING:
    from neurograph.graphs.features import FeatureStore
    from neurograph.graphs.graph import TemporalGraph

TRAINING, DATA, INTEGERS = "training", "data and split", "integers"  # groups of settings
DEVICES = ("auto", "cpu", "cuda")
SCHEDULES = ("constant", "cosine")
CLASS_WEIGHTS = ("none", "balanced")
MOST_EPOCHS = 1_000_000
KEPT = ("best", "last")  # epochs whose weights a training leaves
BITS = {"weight_bits": (2, 8), "feature_bits": (2, 16)}  # widths that integers can have
SMALLEST = {"features": 1, "classes": 2, "steps": 1}  # data on which any settings can be tried


@dataclass(frozen=True, kw_only=True, init=False)
class TrainSettings:
    """What `train` does; the defaults are SpikeNet's own for DBLP.

    Made from flat keywords, those of the training and those of the model:
    ``TrainSettings(model="spikenet", hidden=(8, 4), neuron="lif", epochs=2)``; read in the same
    way. What was set of a model and is not the default is taken over where the model is changed,
    and another model must have such a setting.

    Attributes:
        own: the model and its own settings, as its config for the smallest data.
    """

    own: ModelConfig
    epochs: int = setting(100, "passes over the training nodes", group=TRAINING, most=MOST_EPOCHS)
    patience: int = setting(
        0,
        "epochs in floats without a better validation score that end them, 0 for no end",
        group=TRAINING,
    )
    batch: int = setting(1024, "training nodes per step of the optimiser", group=TRAINING)
    learning_rate: float = setting(5e-3, "learning rate of AdamW", group=TRAINING)
    weight_decay: float = setting(0.01, "weight decay of AdamW", group=TRAINING)
    schedule: str = setting(
        "constant",
        "course of the learning rate, cosine falling to 0 along half a cosine",
        known=SCHEDULES,
        group=TRAINING,
    )
    weight_mean: float = setting(
        0.0,
        "score and keep a running mean of the weights: what a step keeps of it, 0 for no mean",
        unit="0 to below 1",
        group=TRAINING,
    )
    keep: str = setting(
        "best",
        "which epoch's weights are kept: the one that validation scores best, or the last one, "
        "where few validation nodes would pick by luck",
        known=KEPT,
        group=TRAINING,
    )
    epoch_steps: int = setting(
        10, "steps of the optimiser per epoch of a whole graph", group=TRAINING, most=MOST_EPOCHS
    )
    class_weights: str = setting(
        "none",
        "weights of the classes in the loss, balanced by how many training nodes each has",
        known=CLASS_WEIGHTS,
        group=TRAINING,
    )
    seed: int = setting(
        2022,
        "seed of initial weights, order of nodes, drawn neighbours and dropout",
        group=TRAINING,
        least=0,
        most=2**63 - 1,  # of PyTorch
    )
    device: str = setting(
        "auto",
        "where PyTorch computes, auto being CUDA where there is one",
        known=DEVICES,
        group=TRAINING,
    )
    task: str = setting(DEFAULT_TASK, "what is asked of every node", known=known_tasks, group=DATA)
    split: str = setting(
        "auto",
        "split into nodes, or a file with node,part; auto being the source's where there is one",
        known=SPLITS,
        group=DATA,
    )
    train_share: float = setting(
        0.4,
        "share of the labelled nodes trained on, validation included",
        unit="0 to 1",
        group=DATA,
    )
    val_share: float = setting(
        0.05, "share of the labelled nodes that validate", unit="0 to 1", group=DATA
    )
    split_seed: int = setting(
        42,
        "seed of the split into nodes",
        group=DATA,
        least=0,
        most=2**32 - 1,  # of scikit-learn
    )
    val_draws: int = setting(
        1,
        "sampled trees per validation node whose logits are averaged",
        group=DATA,
        most=10_000,
    )
    folds: int = setting(
        0,
        "parts of the training and validation nodes that say in turn how long to train, 0 for none",
        group=DATA,
    )
    qat: bool = setting(
        False, "train on in integers: forward passes are the chip's", group=INTEGERS
    )
    weight_bits: int = setting(
        8, "width of a weight, sign included", unit="bits", option="--bits", group=INTEGERS
    )
    feature_bits: int = setting(
        8, "width of an input payload, sign included", unit="bits", group=INTEGERS
    )
    qat_epochs: int = setting(
        20, "epochs in integers, after those in floats", group=INTEGERS, most=MOST_EPOCHS
    )
    qat_learning_rate: float = setting(
        1e-3, "learning rate of the epochs in integers, which falls to 0", group=INTEGERS
    )

    def __init__(
        self, *, own: ModelConfig | None = None, model: str | None = None, **given: Any
    ) -> None:
        name = model or (own.name if own else registry.DEFAULT)
        for of in settings_of(type(self)):
            object.__setattr__(self, of.name, given.pop(of.name, of.default))
        before = non_default(own) if own else {}
        given = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
        object.__setattr__(self, "own", self._config_of(name, {**before, **given}))
        self._check()

    def __getattr__(self, name: str) -> Any:
        """A setting of the model."""
        own = self.__dict__.get("own")
        if own is None or name not in values(own):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(own, name)

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.own.name

    def changed(self, **given: Any) -> TrainSettings:
        """The same but for these; `dataclasses.replace` with another model among them."""
        return type(self)(**{"own": self.own, **values(self), **given})

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> TrainSettings:
        """Settings by name.

        Settings that only another model has may be among them at their defaults, as in older files.

        Raises:
            ModelError: a name that is no setting, or a value that cannot be one.
        """
        check_kinds(cls, given)
        check_kinds(registry.config_class(str(given.get("model", registry.DEFAULT))), given)
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """JSON values by name."""
        flat = {"model": self.model, **values(self.own), **values(self)}
        return {n: list(v) if isinstance(v, tuple) else v for n, v in flat.items()}

    def config(
        self,
        *,
        features: int,
        classes: int,
        steps: int,
        binary: bool = False,
        input_gain: float = 1.0,
    ) -> ModelConfig:
        """The model that these settings describe, for data of these sizes.

        Args:
            features: per node.
            classes: of the graph.
            steps: of the graph.
            binary: whether all features are 0 or 1.
            input_gain: their factor, see `ModelConfig`.
        """
        return replace(
            self.own,
            features=features,
            classes=classes,
            steps=steps,
            binary=binary,
            input_gain=input_gain,
        )

    def config_for(self, graph: TemporalGraph, features: FeatureStore) -> ModelConfig:
        """The model's config for these data."""
        return self.config(
            features=features.num_features,
            classes=find_task(self.task).outputs(graph),
            steps=graph.num_steps,
            binary=features.binary,
            input_gain=features.input_gain,
        )

    def _config_of(self, name: str, given: Mapping[str, Any]) -> ModelConfig:
        """The model's config for the smallest data.

        Raises:
            ModelError: settings that nobody has, that only another model has, or that make none.
        """
        kind = registry.config_class(name)
        known = set(known_names(kind))
        if clash := known.intersection(known_names(type(self))):
            raise ModelError(
                f"model {name}: its '{min(clash)}' is a setting of training; rename it"
            )
        foreign = [n for n, value in given.items() if n not in known and not _usual(n, value)]
        nobodys = [n for n in foreign if not _owners(n)]
        if nobodys:
            names = ["model", *known_names(kind), *known_names(type(self))]
            raise ModelError(unknown("setting", nobodys[0], names))
        if not kind.integers:
            foreign += non_default(self, lambda of: of.group == INTEGERS)
        if foreign:
            why = "has neurons of another kind:" if kind.spiking else "has no spikes, so it"
            raise ModelError(f"model {name} {why} takes no {', '.join(foreign)}; leave that out")
        own = {n: value for n, value in given.items() if n in known}
        return kind(**{**SMALLEST, **own})

    def _check(self) -> None:
        check_numbers(self)
        for name in ("epochs", "epoch_steps", "batch", "val_draws", "qat_epochs"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name} is {getattr(self, name)}, needed at least 1")
        if self.patience < 0 or self.folds < 0 or self.folds == 1:
            raise ModelError(
                f"patience is {self.patience}, folds {self.folds}; needed 0 or more, and 0 or at "
                "least 2"
            )
        if not self.learning_rate > 0 or not self.weight_decay >= 0:
            raise ModelError(
                f"learning rate {self.learning_rate}, weight decay {self.weight_decay}; "
                "needed above 0, and at least 0"
            )
        if not 0 <= self.weight_mean < 1:
            raise ModelError(f"weight_mean is {self.weight_mean}, needed 0 to below 1")
        if not self.qat_learning_rate > 0:
            raise ModelError(f"qat_learning_rate is {self.qat_learning_rate}, needed above 0")
        for name, (low, high) in BITS.items():
            if not low <= getattr(self, name) <= high:
                raise ModelError(f"{name} is {getattr(self, name)}, needed {low} to {high}")
        check_name("schedule", self.schedule, SCHEDULES)
        check_name("class_weights", self.class_weights, CLASS_WEIGHTS)
        check_name("keep", self.keep, KEPT)
        if self.keep == "last" and self.patience:
            raise ModelError(
                f"patience is {self.patience} epochs after the best one, and keep 'last' would not "
                "keep that; use keep 'best', or patience 0"
            )
        check_name("device", self.device, DEVICES)
        check_name("split", self.split, (*SPLITS, FILE))
        if self.qat and self.own.label_input and self.own.mapping != RESIDENT:
            raise ModelError(
                f"model {self.model} with label input over sampled trees is not trained in "
                "integers; export quantises it: leave --qat out, or train with --mapping resident"
            )
        task = find_task(self.task)  # refuses one that is not known
        for name, asked in (
            ("--label-input", self.own.label_input),
            ("--class-weights", self.class_weights != CLASS_WEIGHTS[0]),
        ):
            if asked and not task.classes:
                raise ModelError(f"task '{self.task}' has no classes; leave {name} out")


def known_names(kind: type) -> list[str]:
    """Names of the settings of a dataclass."""
    return [of.name for of in settings_of(kind)]


def _owners(name: str) -> list[Any]:
    """Defaults of a setting in the models that have it."""
    every = registry.config_classes().values()
    return [of.default for kind in every for of in settings_of(kind) if of.name == name]


def _usual(name: str, value: object) -> bool:
    """Whether a setting says nothing: it is the default of a model that has it."""
    return value in _owners(name)


def presets(kinds: Iterable[type[ModelConfig]]) -> dict[str, TrainSettings]:
    """The presets of these models, by name."""
    return {
        name: TrainSettings(model=kind.name, **given)
        for kind in kinds
        for name, given in kind.presets.items()
    }


def preset(name: str) -> TrainSettings:
    """The preset of that name, of any model.

    Raises:
        ModelError: no such preset.
    """
    found = presets(registry.config_classes().values())
    if name not in found:
        raise ModelError(unknown("preset", name, found))
    return found[name]


PRESETS: Mapping[str, TrainSettings] = presets(registry.BUILT_IN.values())
