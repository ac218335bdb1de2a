"""Hold a profile against everything that was measured on its chip, as far as the data are here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

from neurograph.chip.measured import Measured
from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import BackendError, StoreError
from neurograph.cost.estimate import Interval
from neurograph.cost.validation import Measurement, Recording, Validation
from neurograph.runtime.backends import known_backends
from neurograph.runtime.record import REFERENCE
from neurograph.workflow.silicon.cores import cores
from neurograph.workflow.silicon.inference import counted, inference
from neurograph.workflow.silicon.replays import replays
from neurograph.workflow.silicon.traces import missing

Say = Callable[[str], None]


def validate(
    profile: HardwareProfile,
    measured: Measured,
    *,
    data: Path | None = None,
    backends: Sequence[str] | None = (),
    say: Say = lambda _: None,
) -> Validation:
    """Cores, static power; where the data are, energy, speed and recorded runs.

    Args:
        data: folder of networks and recordings, or one that has them in `silicon/`.
        backends: that run recordings beside the reference; None: every one that is here, and what
            one of them refuses is left out.
        say: is told what is done.

    Raises:
        ProfileError: the profile cannot predict cores, or a recorded run has an unknown name.
        DoesNotFitError: its cores are too small for a measured network.
        StoreError: no such folder, or a damaged file in it.
        BackendError: a backend that was named is not there, cannot run a network, or failed.
    """
    folder = _folder(data)
    numbers = [*cores(measured, profile), *_powers(measured, profile)]
    recorded: list[Recording] = []
    left_out = list(_left_out(measured, folder))
    if folder is not None:
        numbers += _inferences(measured, profile, folder, say)
        recorded += _recordings(measured, folder, backends, say, left_out)
    return Validation(
        profile=profile.name,
        sha256=profile.sha256,
        measured=measured.name,
        measurements=tuple(numbers),
        recordings=tuple(recorded),
        left_out=tuple(left_out),
    )


def _inferences(
    measured: Measured, profile: HardwareProfile, folder: Path, say: Say
) -> Iterator[Measurement]:
    for network in measured.networks:
        run = network.inference
        if run is not None and (folder / run.file).is_file():
            say(f"events of {network.name}")
            ran = counted(run, folder, profile)
            yield from inference(measured, network.name, run, ran, profile)


def _recordings(
    measured: Measured,
    folder: Path,
    backends: Sequence[str] | None,
    say: Say,
    left_out: list[str],
) -> Iterator[Recording]:
    """Of every run that is there, by every backend; `left_out` grows by what those refuse."""
    told = measured.recordings
    if told is None:
        return
    every = known_backends() if backends is None else backends
    for name, by in product(told.runs, dict.fromkeys((REFERENCE, *every))):
        if missing(folder, name):
            continue
        say(f"the recorded run {name}, by {by}")
        try:
            yield from replays(name, folder, by, measured.cite(told.source))
        except BackendError as error:
            if backends is not None:
                raise
            left_out.append(f"the recorded run {name}, by {by}: {error}")


def _left_out(measured: Measured, folder: Path | None) -> Iterator[str]:
    """What no file is there for."""
    for network in measured.networks:
        run = network.inference
        if run is not None and (folder is None or not (folder / run.file).is_file()):
            yield f"energy and speed of {network.name}: needs {run.file} (--data FOLDER)"
    for name in measured.recordings.runs if measured.recordings else ():
        if lacking := missing(folder, name):
            yield f"the recorded run {name}: needs {' and '.join(lacking)} (--data FOLDER)"


def _powers(measured: Measured, profile: HardwareProfile) -> Iterator[Measurement]:
    """Static power of a chip, of which the profile gives an interval."""
    known = profile.static.get("power_per_chip")
    if known is None or not known.known:
        return
    predicted = Interval(low=known.low or 0.0, typical=known.value or 0.0, high=known.high or 0.0)
    for power in measured.powers:
        yield Measurement(
            of=power.of,
            what="power of a chip",
            unit="W",
            measured=power.watts,
            predicted=predicted,
            within=None,
            source=measured.cite(power.source),
            made_of=known.basis == "measured",
        )


def _folder(data: Path | None) -> Path | None:
    if data is None:
        return None
    if not data.is_dir():
        raise StoreError(
            f"{data}: no such folder; needed one of measured networks and recorded runs"
        )
    inner = data / "silicon"
    return inner if inner.is_dir() else data
