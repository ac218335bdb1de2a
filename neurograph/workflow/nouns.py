"""Nouns as JSON trees and arrays: what a file of the store holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import scipy.sparse as sp

from neurograph import ir
from neurograph.chip.deployment import Deployment
from neurograph.chip.placement import CoreUse, NodeOrder, Placement, Residents, Slice
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.core.errors import NetworkError, StoreError
from neurograph.core.typed import check_fields
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir.neurons.kinds import neuron_class
from neurograph.ir.scheme import NeuronScale, WeightGrid
from neurograph.ir.values import written_fields
from neurograph.runtime.legs import KeptState
from neurograph.runtime.record import EventCounts, InferredPart, RunRecord
from neurograph.runtime.tally import Tally
from neurograph.workflow.file_arrays import Arrays, Written
from neurograph.workflow.samples.given import Samples

NOUNS: Mapping[str, type] = {
    noun.__name__: noun
    for noun in (
        *(ir.Stream, ir.Population, ir.Projection, ir.Readout, ir.Network),
        *(ir.QStream, ir.QPopulation, ir.QProjection, ir.OnChipReadout, ir.QNetwork),
        ir.PeriodicReset,
        *(ir.Meetings, ir.Schedule),
        *(ir.QuantisationError, ir.Choice),
        *(ir.Scheme, NeuronScale, WeightGrid),
        *(Placement, Slice, Residents, NodeOrder, CoreUse),
        *(HardwareProfile, Constant, TreeSpec),
        *(Deployment, RunRecord, Tally, EventCounts, InferredPart, KeptState, Samples),
    )
}

# what files of the first schema call otherwise
RENAMED_NOUNS: Mapping[str, str] = {"Loss": "QuantisationError"}
RENAMED_FIELDS: Mapping[str, Mapping[str, str]] = {
    "CoreUse": {},
    "Deployment": {"parts": "runs_where"},
    "EventCounts": {"targets": "inferences"},
    "Placement": {
        "copies": "replicas",
        "copies_per_chip": "replicas_per_chip",
        "cores_per_copy": "cores_per_replica",
    },
    "QNetwork": {"lost": "errors"},
    "RunRecord": {"target": "backend"},
    "Slice": {"copy": "replica"},
}
# the phrases by which the first schema knew what an error is
CAUSES: Mapping[str, ir.Cause] = {
    "features clipped": ir.Cause.FEATURES_CLIPPED,
    "weights clipped": ir.Cause.WEIGHTS_CLIPPED,
    "weights rounded to zero": ir.Cause.WEIGHTS_ZEROED,
    "rms error of weights": ir.Cause.WEIGHTS_ROUNDED,
    "spikes that differ on calibration nodes": ir.Cause.SPIKES_DIFFER,
    "spikes that payloads alone change": ir.Cause.PAYLOADS_ALONE,
    "spikes that its own integers alone change": ir.Cause.OWN_INTEGERS_ALONE,
    "membranes saturated after the last step": ir.Cause.MEMBRANES_SATURATED,
}
TRAINED = "fixed in training, whose forward pass ran these integers"  # why a choice was so


def encode(value: object, arrays: Arrays, at: str) -> Any:
    """JSON values that mirror a noun; its arrays go into the file, below `at`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = written_fields(value)
        fields = {n: encode(getattr(value, n), arrays, f"{at}/{n}") for n in names}
        return {"noun": type(value).__name__, "fields": fields}
    if isinstance(value, np.ndarray):
        return arrays.write(value, at)
    if isinstance(value, sp.csr_array):
        parts = {n: arrays.write(getattr(value, n), f"{at}/{n}") for n in _CSR}
        return {"csr": parts, "shape": list(value.shape)}
    if isinstance(value, Mapping):
        return {"map": {str(k): encode(v, arrays, f"{at}/{k}") for k, v in value.items()}}
    if isinstance(value, (list, tuple)):
        return [encode(v, arrays, f"{at}/{i}") for i, v in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    return value


_CSR = ("data", "indices", "indptr")


def _noun(name: str, file: h5py.File) -> type:
    """The noun of this name; one that is not in `NOUNS` is a kind of neuron's."""
    try:
        return NOUNS[name] if name in NOUNS else neuron_class(name)
    except NetworkError as error:
        raise StoreError(f"{file.filename}: holds a {name}: {error}") from error


def _completed(noun: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a noun, with those that the first schema said in phrases alone."""
    if noun == "QuantisationError" and "cause" not in fields:
        return {**fields, "cause": CAUSES.get(fields["what"])}
    if noun == "QNetwork" and "scheme_from" not in fields:
        trained = any(choice.why == TRAINED for choice in fields.get("choices", ()))
        return {**fields, "scheme_from": "training" if trained else "calibration"}
    return fields


def decode(tree: Any, written: Written) -> Any:
    """The noun that `encode` made a tree of."""
    if isinstance(tree, list):
        return tuple(decode(item, written) for item in tree)
    if not isinstance(tree, dict):
        return tree
    if "noun" in tree:
        noun = RENAMED_NOUNS.get(tree["noun"], tree["noun"])
        renamed = RENAMED_FIELDS.get(noun, {})
        fields = {renamed.get(n, n): decode(x, written) for n, x in tree["fields"].items()}
        kind, fields = _noun(noun, written.file), _completed(noun, fields)
        check_fields(kind, fields)
        return kind(**fields)
    if "array" in tree:
        return written.read(tree["array"])
    if "bits" in tree:
        count = int(np.prod(tree["shape"], dtype=np.int64))
        packed = written.read(tree["bits"])
        return np.unpackbits(packed, count=count).astype(bool).reshape(tree["shape"])
    if "csr" in tree:
        parts = tuple(decode(tree["csr"][name], written) for name in _CSR)
        matrix = sp.csr_array(parts, shape=tuple(tree["shape"]))
        matrix.check_format(full_check=True)  # or an index beyond its end is read from elsewhere
        return matrix
    return {key: decode(value, written) for key, value in tree["map"].items()}
