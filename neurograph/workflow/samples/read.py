"""A file of inputs, read for a network: which array is whose, for how many samples and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, StoreError
from neurograph.core.machine import unreadable
from neurograph.core.numpy_file import NumpyFileError, ObjectsError, read_numpy
from neurograph.core.reading import open_regular
from neurograph.ir import QNetwork, QStream
from neurograph.workflow.samples.given import Samples
from neurograph.workflow.samples.output import counted
from neurograph.workflow.samples.shapes import as_payloads
from neurograph.workflow.samples.sparse import written_out
from neurograph.workflow.samples.steps import same_of_every, steps_of

LABELS = "labels"


def read_samples(path: Path, network: QNetwork, steps: int | None = None) -> Samples:
    """What an .npz file gives each input of a network, or an .npy file its only one.

    Args:
        network: one that fixes no number of steps takes it from here, or from the file.
        steps: the first so many; default: as many as the file has, or else the network.

    Raises:
        StoreError: no such file, a damaged one, or one of another format.
        DataError: a network that takes none; an input that is missing, not known, of another shape
            or type, or out of range; another number of steps or samples than it takes; labels
            that name no output.
    """
    if network.nodes is not None:
        raise DataError(
            f"{path}: the {network.nodes:,} nodes of this network hear each other along the edges "
            "of a graph, so that it takes no samples; run it where it was trained"
        )
    arrays = written_out(path, _arrays(path))
    labels = arrays.pop(LABELS, None)
    own = network.own_inputs(1)
    streams = [s for s in network.streams if s.name not in own]
    biases = {p.bias_from for p in network.populations}
    given = {
        stream.name: as_payloads(
            array, stream, f"{path}: {name}" if name else str(path), held=stream.name in biases
        )
        for stream, name, array in _matched(path, arrays, streams)
    }
    lasts = steps_of(path, given, network, steps)
    given = {name: x if x.shape[1] == 1 else x[:, :lasts] for name, x in given.items()}
    same_of_every(path, "samples", {name: len(x) for name, x in given.items()})
    samples = Samples(payloads=given, steps=lasts)
    if labels is None:
        return samples
    return replace(samples, labels=_checked(path, labels, samples.count, network))


def _arrays(path: Path) -> dict[str, Array]:
    """Those in the file, by name; of an .npy file one without a name."""
    if not path.exists():
        raise StoreError(f"{path}: no such file")
    try:
        with open_regular(path) as file:
            return read_numpy(file)
    except ObjectsError as error:
        what = f"'{error}'" if str(error) else "the array"
        raise StoreError(
            f"{path}: {what} holds Python objects, which are not read from a file; save integers"
        ) from error
    except (OSError, NumpyFileError) as error:
        damaged = StoreError(
            f"{path}: damaged, or no file of NumPy arrays ({error}); needed an .npz file with one "
            "integer array per input: np.savez(FILE, NAME=array)"
        )
        raise unreadable(path, error, damaged) from error


def _matched(
    path: Path, arrays: Mapping[str, Array], streams: list[QStream]
) -> list[tuple[QStream, str, Array]]:
    """Every input with its array, and the name of that in the file."""
    if len(streams) == len(arrays) == 1:  # under any name
        ((name, array),) = arrays.items()
        return [(streams[0], name, array)]
    known, has = ", ".join(s.name for s in streams), ", ".join(arrays) or "no array"
    if lacking := [s.name for s in streams if s.name not in arrays]:
        raise DataError(f"{path}: no array for {', '.join(lacking)}; it has {has}, needed {known}")
    if more := [name for name in arrays if name not in {s.name for s in streams}]:
        raise DataError(
            f"{path}: {', '.join(more)}: no such input; needed {known}, and {LABELS} if they are "
            "known"
        )
    return [(stream, stream.name, arrays[stream.name]) for stream in streams]


def _checked(path: Path, labels: Array, count: int, network: QNetwork) -> Array:
    """Labels that may be right; raise DataError if they cannot."""
    classes = counted(network)
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DataError(
            f"{path}: {LABELS}: {labels.dtype}{labels.shape}, needed one integer for each of "
            f"{count:,} samples, -1 where it is not known"
        )
    if (bad := np.flatnonzero((labels < -1) | (labels >= classes))).size:
        raise DataError(
            f"{path}: {LABELS}[{bad[0]}] is {labels[bad[0]]} ({len(bad):,} such), and the network "
            f"has {classes:,} outputs: needed 0 to {classes - 1:,}, or -1 where it is not known"
        )
    return labels
