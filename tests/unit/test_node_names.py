"""Ids of any kind get an index, and ids that nobody has get none."""

from __future__ import annotations

import numpy as np

from neurograph.graphs.io.names import NodeNames


def test_integers_are_ordered_as_numbers() -> None:
    names = NodeNames.of(np.array([300, -7, 5]), np.array([5, 1 << 40]))
    assert names.ids.tolist() == [-7, 5, 300, 1 << 40]
    assert not names.plain
    assert names.index(np.array([5, -1, 1 << 40, -7])).tolist() == [1, -1, 3, 0]
    asked = np.array(["5", "-7", "x", None, "1.5", "300.0"], object)
    assert names.index(asked).tolist() == [1, 0, -1, -1, -1, 2]


def test_ids_from_0_on_are_their_own_index() -> None:
    names = NodeNames.of(np.array([2, 0]), np.array([1, 1]))
    assert names.plain
    assert names.index(np.array([2, 3, -1, 0])).tolist() == [2, -1, -1, 0]


def test_texts_and_a_mixture() -> None:
    names = NodeNames.of(np.array(["b", "a"], object), np.array([3, 10]))
    assert names.ids.tolist() == ["10", "3", "a", "b"]
    assert names.index(np.array(["a", "c", "3"], object)).tolist() == [2, -1, 1]
    assert names.index(np.array([10, 4])).tolist() == [0, -1]
