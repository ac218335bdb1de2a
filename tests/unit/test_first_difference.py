"""The sentence on the first difference: both membranes, and the target run once more."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from neurograph.core.errors import BackendError, NetworkError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import (
    LIF,
    QLIF,
    Readout,
)
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.runtime import reference
from neurograph.testing.builders import (
    float_layer,
    float_link,
    float_network,
    integer_layer,
    integer_link,
    integer_network,
)
from neurograph.verify import SpikeDifference, compare
from neurograph.verify.difference import Place, PredictionDifference, StateDifference, named
from neurograph.workflow.explain import explain
from neurograph.workflow.inference import Inference
from neurograph.workflow.laid_out import laid_out

# One neuron per slot of a target and one neighbour; it integrates without leak. Per snapshot it
# gets 0.4 in floats; in integers a weight of 26 times a payload of 1, at 64 units per float unit.
TREE = TreeSpec(fanouts=(1,))
NODES = np.array([30, 17])
SCALE = 64.0
READOUT = Readout(source="h", weight=np.zeros((2, 8)), bias=np.array([0.0, 1.0]))


def floats(latency=1):
    neuron = LIF(voltage_decay=0.0, threshold=1.21)
    link = float_link("x", "h", [[0.4]], mix=np.eye(2))
    return float_network(
        [float_layer("h", 2, 1, neuron)], [link], steps=4, latency=latency, readout=READOUT
    )


def integers(latency=1):
    return integer_network(
        [integer_layer("h", 2, 1, QLIF(voltage_decay=0, threshold=77), scale=SCALE)],
        [integer_link("x", "h", [[26]], mix=np.eye(2))],
        bits=8,
        steps=4,
        latency=latency,
        readout=READOUT,
    )


class World:
    """Two targets whose every input is 1, run in floats and in integers."""

    def __init__(self, monkeypatch, latency=1) -> None:
        self.latency = latency
        self.deployment = SimpleNamespace(
            network=floats(latency), quantized=integers(latency), tree=TREE, sample_seed=1
        )
        given = np.ones((2, 4, 2, 1), np.float32)
        self.records = {
            "float": reference.run_float(self.deployment.network, {"x": given}, NODES),
            "reference": reference.run(
                self.deployment.quantized, {"x": given.astype(np.int8)}, NODES
            ),
        }
        self.runs = []

    def tampered(self, *places):
        """The reference's record under the name of Lava, with spikes at `places` turned over."""
        spikes = self.records["reference"].spikes["h"].copy()
        for at in places:
            spikes[at] ^= True
        made = replace(self.records["reference"], backend="loihi-sim", spikes={"h": spikes})
        self.records["loihi-sim"] = made

    def runner(self, change=lambda record: record):
        """A backend that computes what the reference does, and changes it."""

        def run(network, feed, nodes, options, *, chunk):
            self.runs.append((network.steps, nodes.tolist(), chunk, options))
            record = reference.run(network, feed(slice(0, len(nodes))), nodes)
            yield change(replace(record, backend="loihi-sim"))

        return lambda _name: SimpleNamespace(run=run, settings=dict, kept=dict)

    def inference(self, source):
        of = self.deployment
        layout = laid_out(source, NODES, of.tree, seed=of.sample_seed)
        return Inference(integers=of.quantized, floats=of.network, layout=layout)

    def sentence(self, first, second, find=None, options=None):
        found = compare(self.records[first], self.records[second], latency=self.latency, tree=TREE)

        def ones(nodes, tree, *, seed, draw):
            return {"x": np.ones((len(nodes), 4, 2, 1), np.float32)}

        source = SimpleNamespace(inputs=ones)
        given = [found, self.records, self.inference(source), options or {}]
        seen = explain(*given) if find is None else explain(*given, find)
        json.dumps(seen.to_dict(), allow_nan=False)
        return seen.first_difference


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def flipped(record):
    """A last update that differs in every neuron: it fires, and v is back to 0."""
    spikes = record.spikes["h"].copy()
    spikes[:, -1] = True
    states = {**record.final["h"], "v": np.zeros_like(record.final["h"]["v"])}
    return replace(record, spikes={"h": spikes}, final={"h": states})


def test_floats_and_integers_each_with_their_membrane(world) -> None:
    # floats: 0.4, 0.8, 1.2, 1.6 > 1.21; integers, in 64ths: 26, 52, 78 > 77
    assert world.sentence("float", "reference") == (
        "h: snapshot 3 of 4, node 30, row 0 (node itself), channel 0: float is silent, v 1.2 "
        "against threshold 1.21 (-0.01); reference fires, v 1.21875 against threshold 1.20312 "
        "(+0.0156; integers 4,992 and 4,928) (8 spikes differ)"
    )


def test_latency_names_the_update_within_the_snapshot(monkeypatch) -> None:
    # a payload is held for both updates of its snapshot, so the third update is in the second
    sentence = World(monkeypatch, latency=2).sentence("float", "reference")
    assert sentence.startswith(
        "h: snapshot 2 of 4, latency step 1 of 2, node 30, row 0 (node itself), channel 0: float "
        "is silent, v 1.2 against threshold 1.21 (-0.01); reference fires, v 1.21875 "
    )


def test_a_target_that_differs_again(world) -> None:
    world.tampered((1, 1, 1, 0), (1, 3, 0, 0))
    assert world.sentence("reference", "loihi-sim", world.runner(flipped), {"batch": 7}) == (
        "h: snapshot 2 of 4, node 17, row 1 (neighbour 1), channel 0: reference is silent, v "
        "0.8125 against threshold 1.20312 (-0.391; integers 3,328 and 4,928); loihi-sim fires; "
        "run again on this node, it is the same, and after the update reference has v 0.8125 "
        "against threshold 1.20312 (-0.391; integers 3,328 and 4,928), loihi-sim v 0 against "
        "threshold 1.20312 (-1.2; integers 0 and 4,928) (2 spikes differ)"
    )
    assert world.runs == [(2, [17], 1, {"batch": 7})], "one node, two updates, the run's options"


def test_a_difference_within_a_snapshot_ends_the_run_there(monkeypatch) -> None:
    world = World(monkeypatch, latency=2)
    world.tampered((0, 4, 0, 0))
    world.sentence("reference", "loihi-sim", world.runner())
    assert world.runs == [(5, [30], 1, {})]


def test_a_target_that_does_not_differ_again(world) -> None:
    world.tampered((1, 1, 1, 0))
    sentence = world.sentence("reference", "loihi-sim", world.runner())
    assert sentence.endswith(
        "loihi-sim fires; run again on this node, loihi-sim is silent, as reference does: the "
        "difference does not reproduce (1 spike differs)"
    )


def test_a_target_that_cannot_be_run_again(world) -> None:
    world.tampered((0, 2, 0, 0))

    def find(_name):
        raise BackendError("no Lava here")

    assert world.sentence("reference", "loihi-sim", find).endswith(
        "loihi-sim is silent; loihi-sim could not be run again on this node: no Lava here "
        "(1 spike differs)"
    )


def test_a_record_that_its_own_membrane_contradicts(world) -> None:
    spikes = world.records["reference"].spikes["h"].copy()
    spikes[0, 0, 1, 0] = True
    world.records["reference"] = replace(world.records["reference"], spikes={"h": spikes})
    assert (
        "reference fires by its record, not by its membrane, v 0.40625 against threshold 1.20312"
    ) in world.sentence("float", "reference")


def test_states_and_predictions_are_left_as_they_are(world) -> None:
    world.tampered()
    lava = world.records["loihi-sim"]
    moved = {**lava.final["h"], "u": lava.final["h"]["u"] + 1}
    world.records["loihi-sim"] = replace(lava, final={"h": moved})
    before = compare(world.records["reference"], world.records["loihi-sim"])
    seen = explain(before, world.records, world.inference(None), {}, world.runner())
    assert seen is before
    assert "final u" in str(before.difference)
    logits = lava.logits[:, ::-1]
    other = compare(world.records["reference"], replace(lava, logits=logits))
    assert explain(other, world.records, world.inference(None), {}) is other
    assert world.runs == []


def test_a_record_of_another_network_is_refused(world) -> None:
    world.records["reference"] = replace(world.records["reference"], network_sha256="other")
    with pytest.raises(NetworkError, match="'reference' is of another network"):
        world.sentence("float", "reference")


def test_a_scale_per_channel_decodes_its_own_channel(world) -> None:
    (population,) = world.deployment.quantized.populations
    # whatever a population checks of its scale: decoding asks for one that broadcasts
    object.__setattr__(population, "scale", (SCALE / 2,))
    assert "v 2.4375 against threshold 2.40625" in world.sentence("float", "reference")


def test_cutting_keeps_what_enters_and_reads_nothing() -> None:
    network, payloads = integers(2), {"x": np.arange(8).reshape(1, 4, 2, 1)}
    shorter, given = cut(network, 3), cut_payloads(network, payloads, 3)
    assert (shorter.steps, shorter.latency) == (3, 1)
    np.testing.assert_array_equal(given["x"][0, :, :, 0], [[0, 1], [0, 1], [2, 3]])
    assert shorter.readout is None


def test_the_first_difference_is_a_noun_too(world) -> None:
    found = compare(world.records["float"], world.records["reference"], tree=TREE).difference
    assert isinstance(found, SpikeDifference)
    assert (found.update, found.place.node, found.place.slot) == (2, 30, "node itself")
    assert found.first_fires is False


def test_a_difference_is_told_in_the_ids_of_the_source() -> None:
    ids = np.array(["ana", "bo", "cy"])
    where = Place(population="h1", index=0, node=2, row=0, channel=1)
    state = StateDifference(
        first="reference",
        second="other",
        place=where,
        state="v",
        first_value=1,
        second_value=2,
        states=1,
    )
    said = PredictionDifference(
        first="reference", second="other", node=1, first_class=0, second_class=1
    )
    assert "node 2, row 0" in str(state)
    assert "node cy, row 0" in str(named(state, ids))
    assert "node bo: reference predicts" in str(named(said, ids))
