"""Which smaller fan-outs are tried where a tree does not fit."""

from __future__ import annotations

from collections.abc import Iterator

EACH = 16  # draws of a hop up to which every number is tried, beyond it every half as many again


def fewer_of(fanouts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Fan-outs with fewer draws in one hop, then with at most so many in all of them."""
    for hop, draws in enumerate(fanouts):
        for fewer in _fewer(draws):
            yield (*fanouts[:hop], fewer, *fanouts[hop + 1 :])
    for most in _fewer(max(fanouts)):
        yield tuple(min(draws, most) for draws in fanouts)


def _fewer(draws: int) -> Iterator[int]:
    """Numbers below, from the largest on.

    >>> list(_fewer(5)), list(_fewer(60))[:4]
    ([4, 3, 2, 1], [54, 36, 24, 16])
    """
    tried = [*range(1, EACH + 1)]
    while tried[-1] < draws:
        tried.append(tried[-1] * 3 // 2)
    yield from reversed([few for few in tried if few < draws])
