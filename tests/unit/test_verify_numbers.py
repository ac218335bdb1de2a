"""What a comparison counts, by hand: growth, labels, the interval, rates, health, alarms."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neurograph.core.errors import NetworkError
from neurograph.graphs.sampling import TreeSpec
from neurograph.testing.records import run_record
from neurograph.verify import Flips, compare
from neurograph.verify.compare import wilson


def record(backend, spikes, *, classes=None):
    """A float-like record of given spikes; `classes` are the predictions."""
    count = len(next(iter(spikes.values())))
    logits = np.eye(4)[np.zeros(count, int) if classes is None else classes]
    nodes = np.arange(count) + 100
    return run_record(spikes, backend=backend, nodes=nodes, logits=logits, network_sha256=backend)


def pair(first, second, *, before=None, after=None, **given):
    floats = record("float", {"h": first} if isinstance(first, np.ndarray) else first)
    integers = record("reference", {"h": second} if isinstance(second, np.ndarray) else second)
    if before is not None:
        floats = replace(floats, logits=np.eye(4)[before])
        integers = replace(integers, logits=np.eye(4)[after])
    return compare(floats, integers, **given)


def blank(nodes=2, updates=6, rows=2, channels=3):
    return np.zeros((nodes, updates, rows, channels), bool)


def changed(spikes, *places):
    other = spikes.copy()
    for at in places:
        other[at] ^= True
    return other


class TestGrowth:
    def test_shares_per_snapshot(self) -> None:
        # a snapshot is 2 updates of 2 nodes x 2 rows x 3 channels: 24 neuron updates
        other = changed(blank(), (0, 2, 0, 0), (1, 2, 1, 2), (1, 3, 0, 0), (0, 5, 0, 1))
        layer = pair(blank(), other, latency=2).layers["h"]
        assert layer.growth == pytest.approx((0, 3 / 24, 1 / 24))
        assert layer.mean == pytest.approx(4 / 72)
        assert layer.worst == 1

    def test_the_first_of_equally_bad_snapshots_is_the_worst(self) -> None:
        other = changed(blank(), (0, 4, 0, 0), (0, 1, 0, 0))
        assert pair(blank(), other).layers["h"].worst == 1

    @pytest.mark.parametrize("latency", [0, 4])
    def test_updates_that_are_no_whole_snapshots(self, latency) -> None:
        with pytest.raises(NetworkError, match=f"h: 6 updates are no snapshots of {latency} each"):
            pair(blank(), blank(), latency=latency)

    def test_many_blocks_count_as_one(self, monkeypatch) -> None:
        rng = np.random.default_rng(0)
        first, second = (rng.random((23, 4, 2, 5)) < 0.3 for _ in range(2))
        whole = pair(first, second).to_dict()
        monkeypatch.setattr("neurograph.verify.tally._BLOCK_BYTES", 5 * 40)
        monkeypatch.setattr("neurograph.verify.health._BLOCK", 3)
        assert pair(first, second).to_dict() == whole


def test_the_sentence_names_snapshot_latency_step_and_slot() -> None:
    other = changed(blank(rows=3), (1, 3, 2, 1))
    found = pair(blank(rows=3), other, latency=2, tree=TreeSpec(fanouts=(2, 2)))
    assert found.first_difference == (
        "h: snapshot 2 of 3, latency step 2 of 2, node 101, row 2 (neighbour 2), channel 1: "
        "float is silent; reference fires (1 spike differs)"
    )


class TestLabels:
    """Five nodes; 'h' before 'o', the last layer."""

    before, after = [0, 1, 2, 0, 3], [1, 1, 0, 3, 3]

    def found(self, **given):
        h, o = blank(5, 2, 1, 2), blank(5, 2, 1, 1)
        second = {
            "h": changed(h, (0, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0), (4, 0, 0, 0)),
            "o": changed(o, (0, 1, 0, 0), (1, 1, 0, 0), (2, 0, 0, 0), (2, 1, 0, 0)),
        }
        return pair({"h": h, "o": o}, second, before=self.before, after=self.after, **given).labels

    def test_which_differences_touch_a_prediction(self) -> None:
        labels = self.found()
        assert (labels.layer, labels.changed) == ("o", 3)  # nodes 0, 2, 3
        assert (labels.touched, labels.touched_and_changed) == (3, 2)  # 0, 1, 2; of them 0, 2
        assert labels.touched_share == pytest.approx(2 / 3)
        assert labels.spikes_of_changed == 5  # three of node 0, two of node 2
        assert labels.flips is None

    def test_for_better_or_worse(self) -> None:
        # 0 becomes right, 2 becomes wrong, 3 goes from wrong to another wrong
        assert self.found(truth=np.array([1, 0, 2, 1, 3])).flips == Flips(
            right_to_wrong=1, wrong_to_right=1, wrong_to_wrong=1
        )

    def test_an_unknown_class_is_not_counted(self) -> None:
        assert self.found(truth=np.array([-1, 0, 2, -1, 3])).flips == Flips(
            right_to_wrong=1, wrong_to_right=0, wrong_to_wrong=0
        )
        assert self.found(truth=np.full(5, -1)).flips is None

    def test_another_last_layer(self) -> None:
        labels = self.found(layer="h")
        assert (labels.touched, labels.touched_and_changed) == (3, 1)

    def test_nothing_touched_is_no_share(self) -> None:
        assert pair(blank(), blank()).labels.touched_share is None

    def test_what_does_not_fit_is_refused(self) -> None:
        with pytest.raises(NetworkError, match="no population 'z' in both runs; known: h, o"):
            self.found(layer="z")
        with pytest.raises(NetworkError, match="3 labels for 5 nodes"):
            self.found(truth=np.zeros(3, int))


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (0, 90), (1, 90), (45, 90), (90, 90)])
def test_the_interval_is_what_scipy_says(successes: int, trials: int) -> None:
    from scipy.stats import binomtest

    theirs = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes, trials) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


def test_the_interval_is_wilsons() -> None:
    # n = 4, p = 3/4, z = 1.959964: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)
    z2, n, p = 1.959963984540054**2, 4, 0.75
    middle, width = p + z2 / (2 * n), (z2 * (p * (1 - p) / n + z2 / (4 * n * n))) ** 0.5
    low, high = (middle - width) / (1 + z2 / n), (middle + width) / (1 + z2 / n)
    assert wilson(3, 4) == pytest.approx((low, high))
    spikes = blank(4)
    found = pair(spikes, spikes, before=[0, 1, 2, 3], after=[0, 1, 2, 0])
    assert found.predictions == 0.75
    assert found.predictions_interval == pytest.approx((low, high))
    assert wilson(360, 360)[1] == 1.0
    assert wilson(360, 360)[0] == pytest.approx(1 / (1 + z2 / 360))


class TestRates:
    def test_the_distance_is_between_neurons_in_order_of_their_rates(self) -> None:
        # neurons are row x channel; 1 node, 4 updates; rates 0, 1/4 and 1/2, 1/4
        first, second = blank(1, 4, 2, 1), blank(1, 4, 2, 1)
        first[0, 0, 1, 0] = True
        second[0, :2, 0, 0] = second[0, 3, 1, 0] = True
        layer = pair(first, second).layers["h"]
        assert (layer.first.rate, layer.second.rate) == (1 / 8, 3 / 8)
        assert layer.emd == pytest.approx(1 / 4)  # sorted: 0, 1/4 and 1/4, 1/2: 1/4 each

    def test_neurons_that_change_places_move_nothing(self) -> None:
        first = blank(1, 4, 1, 2)
        first[0, :3, 0, 0] = True
        assert pair(first, first[..., ::-1].copy()).layers["h"].emd == 0


class TestHealth:
    def test_by_hand(self) -> None:
        spikes = blank(2, 100, 2, 6)  # a channel has 400 updates
        spikes[..., 0] = True  # saturated
        spikes[..., 1] = True
        spikes[0, :4, 0, 1] = False  # 396 of 400, 99 %: saturated
        spikes[..., 2] = True
        spikes[0, :5, 0, 2] = False  # 395: not
        spikes[1, 7, 1, 3] = spikes[1, 7, 1, 5] = True  # 5 repeats 3; 4 is dead
        found = pair(spikes, spikes).layers["h"].first
        assert found.dead == (4,)
        assert found.saturated == (0, 1)
        assert found.duplicates == ((5, 3),)

    def test_equal_counts_are_not_equal_spikes(self) -> None:
        spikes = blank(1, 4, 2, 3)
        spikes[0, 0, 0, 0] = spikes[0, 1, 0, 1] = True  # same row, other update
        spikes[0, 0, 1, 2] = True  # same update, other row
        assert pair(spikes, spikes).layers["h"].first.duplicates == ()

    def test_dead_channels_are_no_duplicates(self) -> None:
        assert pair(blank(), blank()).layers["h"].first.duplicates == ()

    @given(arrays.arrays(bool, (3, 4, 2, 6), elements=st.booleans()))
    def test_duplicates_are_those_of_all_pairs(self, spikes) -> None:
        columns = [spikes[..., c] for c in range(6)]
        by_hand = []
        for c in range(6):
            earlier = [d for d in range(c) if (columns[d] == columns[c]).all()]
            if earlier and columns[c].any():
                by_hand.append((c, earlier[0]))
        assert pair(spikes, spikes).layers["h"].first.duplicates == tuple(by_hand)


class TestAlarms:
    def test_what_only_the_second_has(self) -> None:
        first = np.random.default_rng(0).random((4, 25, 1, 8)) < 0.5
        first[..., 0] = False
        second = first.copy()
        second[..., 1] = False
        second[..., 2] = True
        second[..., 4] = second[..., 3]
        found = pair(first, second)
        assert [str(alarm) for alarm in found.alarms] == [
            "h: 1 of 8 channels never fires on reference and not on float: 1",
            "h: 1 of 8 channels fires in at least 99 % of updates on reference and not on float: 2",
            "h: 1 of 8 channels repeats another one on reference and not on float: 4",
        ]
        assert json.loads(json.dumps(found.to_dict()))["alarms"][0] == {
            "first": "float",
            "second": "reference",
            "population": "h",
            "kind": "dead",
            "channels": [1],
            "of": 8,
            "text": "h: 1 of 8 channels never fires on reference and not on float: 1",
        }

    def test_the_first_few_are_named(self) -> None:
        first = np.random.default_rng(0).random((4, 25, 1, 1200)) < 0.5
        (alarm,) = pair(first, np.zeros_like(first)).alarms
        assert str(alarm) == (
            "h: 1,200 of 1,200 channels never fire on reference and not on float: "
            "0, 1, 2, 3, 4 and 1,195 more"
        )

    def test_what_both_have_or_only_the_first_is_none(self) -> None:
        spikes = blank()
        spikes[..., 0] = spikes[0, 1] = True
        assert pair(spikes, spikes).alarms == ()
        assert pair(blank(), np.random.default_rng(0).random((2, 6, 2, 3)) < 0.5).alarms == ()

    def test_a_copy_of_another_channel_is_new(self) -> None:
        first = np.random.default_rng(0).random((4, 25, 1, 4)) < 0.5
        second = first.copy()
        first[..., 3], second[..., 3] = first[..., 0], second[..., 1]
        (alarm,) = pair(first, second).alarms
        assert (alarm.kind, alarm.channels) == ("duplicate", (3,))
