"""What was measured on a chip, as data: cores of networks, and joules and seconds of runs.

The files live in `hw_profiles/measured/`; `workflow/silicon` holds a profile against them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neurograph.chip.layers import Layer
from neurograph.chip.profiles.shape import Source, Text
from neurograph.chip.profiles.toml import folder, read
from neurograph.core.errors import ProfileError
from neurograph.core.nearest import unknown

FOLDER = "measured"

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MeasuredLayer(_Table):
    """A layer, and what the compiler gave it.

    Attributes:
        conv: columns, height and channels of a convolution's output.
        dense: neurons of a dense layer; it or `conv` is given.
        inputs: channels that a kernel reads, or inputs of a dense layer; 0: is reached by nothing.
        kernel: width and height of a kernel.
        cores: that it took.
        words: of synapse memory on one of them.
    """

    conv: tuple[Count, Count, Count] | None = None
    dense: Count | None = None
    inputs: Annotated[int, Field(ge=0)]
    kernel: Count = 3
    cores: Count
    words: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _of_one_kind(self) -> MeasuredLayer:
        if (self.conv is None) == (self.dense is None):
            raise ValueError("needed conv = [columns, height, channels] or dense = neurons")
        return self

    @property
    def layer(self) -> Layer:
        """What of it decides its cores."""
        if self.conv is None:
            neurons = self.dense or 0
            return Layer(name=f"{self.inputs}-{neurons}", channels=neurons, lists=self.inputs)
        columns, height, channels = self.conv
        return Layer(
            name=f"{columns}x{height}x{channels}",
            channels=channels,
            columns=columns,
            height=height,
            taps=self.inputs * self.kernel**2,
        )


class Operations(_Table):
    """Synaptic operations of populations, counted in so many steps."""

    source: Text
    steps: Count
    counted: dict[Text, Positive]


class Inference(_Table):
    """A measured run of a network.

    Attributes:
        file: the network, in lava-dl's format.
        steps: of an inference; its input was silent.
        watts: dynamic power.
        per_second: inferences.
        made_of: the set of constants that is derived from this very run; empty for none.
    """

    source: Text
    file: Text
    steps: Count
    watts: Positive
    per_second: Positive
    made_of: str = ""
    operations: Operations | None = None

    @property
    def joules(self) -> float:
        """Dynamic, of one inference."""
        return self.watts / self.per_second


class MeasuredNetwork(_Table):
    name: Text
    title: Text
    source: Text
    layers: Annotated[tuple[MeasuredLayer, ...], Field(min_length=1)]
    inference: Inference | None = None

    @property
    def cores(self) -> int:
        return sum(layer.cores for layer in self.layers)


class Power(_Table):
    """Of one chip at rest, in a run of something."""

    of: Text
    watts: Positive
    source: Text


class Recordings(_Table):
    """Names of recorded runs, of `workflow.silicon.traces`."""

    source: Text
    runs: tuple[Text, ...]


class Within(_Table):
    """Shares by which typical predictions may be off."""

    cores_of_a_network: Positive
    cores_of_a_layer: Positive
    operations: Positive
    joules: Positive
    per_second: Positive


class Measured(_Table):
    """What was measured on one chip.

    Attributes:
        profiles: names of the profiles that describe this chip.
        sources: where numbers were published.
        within: what a prediction may be off.
        powers: static ones.
        recordings: runs of which spikes and states are there.
    """

    name: Text
    title: Text
    profiles: tuple[Text, ...]
    sources: dict[str, Source]
    within: Within
    networks: Annotated[tuple[MeasuredNetwork, ...], Field(min_length=1)]
    powers: tuple[Power, ...] = ()
    recordings: Recordings | None = None

    def cite(self, source: str) -> str:
        """The citation behind a key of `sources`."""
        return self.sources[source].text()

    @model_validator(mode="after")
    def _sources_are_known(self) -> Measured:
        used = {n.source for n in self.networks} | {p.source for p in self.powers}
        runs = [n.inference for n in self.networks if n.inference]
        used |= {run.source for run in runs}
        used |= {run.operations.source for run in runs if run.operations}
        used |= {self.recordings.source} if self.recordings else set()
        if unknown := sorted(used - self.sources.keys()):
            raise ValueError(f"{', '.join(unknown)}: no key of [sources]")
        return self


def known_measured() -> tuple[str, ...]:
    """Names of the chips of which measurements come with NeuroGraph."""
    return tuple(sorted(path.stem for path in (folder() / FOLDER).glob("*.toml")))


def load_measured(name_or_path: str) -> Measured:
    """Measurements of that name, or those in that TOML file (anything that ends in ``.toml``).

    Raises:
        ProfileError: unknown name, or a file that is missing, malformed or incomplete.
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
    elif name_or_path in known_measured():
        path = folder() / FOLDER / f"{name_or_path}.toml"
    else:
        more = ", or give the path of a .toml file"
        raise ProfileError(unknown("measured chip", name_or_path, known_measured(), more=more))
    try:
        return Measured.model_validate(read(path))
    except ValidationError as error:
        lines = "\n  ".join(sorted(map(_told, error.errors())))
        raise ProfileError(f"{path}: not a file of measurements:\n  {lines}") from error


def measured_on(profile: str) -> Measured | None:
    """What was measured on the chip that a profile of this name describes, if anything."""
    every = map(load_measured, known_measured())
    return next((found for found in every if profile in found.profiles), None)


def _told(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    return f"{where or 'the file'}: {error['msg'].removeprefix('Value error, ')}"
