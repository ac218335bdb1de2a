"""A profile held against what was measured on its chip: number beside number, and one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neurograph.core.errors import StoreError
from neurograph.core.form import NUMBER, Each, check_form
from neurograph.cost.estimate import Interval

KIND, SCHEMA = "neurograph validation", 1
_MEASUREMENT = {
    **dict.fromkeys(("of", "what", "unit", "source"), str),
    "measured": NUMBER,
    "predicted": dict.fromkeys(("low", "typical", "high"), NUMBER),
    "within": (*NUMBER, type(None)),
    **dict.fromkeys(("made_of", "counted"), bool),
}
_RECORDING = {
    **dict.fromkeys(("of", "by", "source"), str),
    **dict.fromkeys(("values", "differing"), Each(int)),
}
_FORM = {
    **dict.fromkeys(("profile", "sha256", "measured"), str),
    "measurements": [_MEASUREMENT],
    "recordings": [_RECORDING],
    "left_out": [str],
}
CORES, JOULES, SPEED = "cores", "dynamic energy", "inferences"
_TOLD = {CORES: "cores", JOULES: "energy", SPEED: "speed"}  # in the sentence


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One measured number, and what a profile predicts.

    Attributes:
        of: a network, or a part of one.
        what: "cores", "dynamic energy", ...
        unit: of both numbers.
        measured: by others.
        predicted: the typical value, between the ends of the profile's interval.
        within: share that the typical value may be off; None: the measured number lies in the
            interval, and no more is asked.
        source: of the measured number.
        made_of: the profile's constants are derived from this number, so that it proves nothing.
        counted: the prediction is a count, which has no interval.
    """

    of: str
    what: str
    unit: str
    measured: float
    predicted: Interval
    within: float | None
    source: str
    made_of: bool = False
    counted: bool = False

    @property
    def off(self) -> float:
        """Share by which the typical value is too high, below 0 where it is too low."""
        return self.predicted.typical / self.measured - 1

    @property
    def inside(self) -> bool:
        """Whether the measured number lies in the predicted interval."""
        return self.predicted.low <= self.measured <= self.predicted.high

    @property
    def holds(self) -> bool:
        near = self.within is None or abs(self.off) <= self.within
        return near and (self.inside or self.counted)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recorded run of a chip, run again.

    Attributes:
        of: the network.
        by: what ran it.
        values: how many were compared, by kind: spikes, u, v.
        differing: how many of them differ.
        source: of the recording.
    """

    of: str
    by: str
    values: Mapping[str, int]
    differing: Mapping[str, int]
    source: str

    @property
    def holds(self) -> bool:
        return not any(self.differing.values())


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Everything of one chip beside one profile.

    Attributes:
        profile: its name.
        sha256: of the profile.
        measured: name of the measurements.
        measurements: the numbers.
        recordings: the recorded runs.
        left_out: what was not held, and why.
    """

    profile: str
    sha256: str
    measured: str
    measurements: Sequence[Measurement]
    recordings: Sequence[Recording] = ()
    left_out: Sequence[str] = ()

    @property
    def rows(self) -> tuple[Measurement | Recording, ...]:
        """Numbers and recorded runs."""
        return (*self.measurements, *self.recordings)

    @property
    def failures(self) -> tuple[Measurement | Recording, ...]:
        return tuple(one for one in self.rows if not one.holds)

    def sentence(self) -> str:
        """What it comes to: the last line of the table and of every report."""
        parts = [_counted(self.measurements, what) for what in (CORES, JOULES, SPEED)]
        said = [part for part in parts if part]
        runs = {one.of for one in self.recordings}
        if runs:
            exact = sum(all(t.holds for t in self.recordings if t.of == of) for of in sorted(runs))
            said.append(f"{exact} of {len(runs)} recorded runs to the bit")
        told = "; ".join(said) or "nothing"
        if any(one.made_of for one in self.measurements):
            told += " (* its constants are made of that run)"
        return f"Profile {self.profile} ({self.sha256[:12]}) predicts, as measured: {told}."

    def to_dict(self) -> dict[str, Any]:
        """JSON values, with the sentence."""
        return {
            "kind": KIND,
            "schema_version": SCHEMA,
            "profile": self.profile,
            "sha256": self.sha256,
            "measured": self.measured,
            "measurements": [
                {**asdict(one), "off": one.off, "inside": one.inside, "holds": one.holds}
                for one in self.measurements
            ],
            "recordings": [{**asdict(one), "holds": one.holds} for one in self.recordings],
            "left_out": list(self.left_out),
            "sentence": self.sentence(),
        }


def from_dict(tree: object, where: str) -> Validation:
    """What `Validation.to_dict` gave.

    Args:
        where: named in the error.

    Raises:
        StoreError: it is none, or of another version.
    """
    if not isinstance(tree, Mapping) or tree.get("kind") != KIND:
        raise StoreError(f"{where}: not a validation of a profile; make it: neurograph validate")
    if tree.get("schema_version") != SCHEMA:
        raise StoreError(
            f"{where}: schema version {tree.get('schema_version')}, this neurograph reads "
            f"{SCHEMA}; make it again: neurograph validate"
        )
    try:
        check_form(tree, _FORM)
    except ValueError as error:
        raise StoreError(f"{where}: damaged ({error}); make it again") from error
    return Validation(
        profile=tree["profile"],
        sha256=tree["sha256"],
        measured=tree["measured"],
        measurements=tuple(map(_measurement, tree["measurements"])),
        recordings=tuple(
            Recording(**{n: one[n] for n in _RECORDING}) for one in tree["recordings"]
        ),
        left_out=tuple(tree["left_out"]),
    )


def _measurement(tree: Mapping[str, Any]) -> Measurement:
    predicted = {end: tree["predicted"][end] for end in ("low", "typical", "high")}
    given = {name: tree[name] for name in _MEASUREMENT}
    return Measurement(**{**given, "predicted": Interval(**predicted)})


def _counted(every: Iterable[Measurement], what: str) -> str:
    of = [one for one in every if one.what == what]
    if not of:
        return ""
    worst = max(abs(one.off) for one in of)
    star = "*" if any(one.made_of for one in of) else ""
    held = sum(one.holds for one in of)
    return (
        f"{_TOLD[what]} of {held} of {len(of)} networks, off by at most {100 * worst:.1f} %{star}"
    )
