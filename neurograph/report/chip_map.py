"""A picture of the chip: tiles, cores, what each core holds, and the spikes between tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from neurograph.report import svg

DRAWN = 4  # drawn at most
CORE, GAP = 10, 8  # pixels: a core, and what lies between tiles


def chip_map(placement: Mapping[str, Any], kinds: list[str]) -> Markup | None:
    """Cores by what they hold; None where the profile does not know the mesh.

    Args:
        kinds: populations; or classes of nodes, where nodes hear each other. Each has a colour.
    """
    mesh = [
        placement["limits"].get(name, {}).get("value")
        for name in ("mesh_columns", "mesh_rows", "cores_per_tile")
    ]
    if None in mesh:
        return None
    board = _Board(*map(int, mesh), chips=min(placement["chips"], DRAWN))
    used, total = placement["cores"], placement["limits"]["cores_per_chip"]["value"]
    body = "".join(
        (
            *board.tiles(),
            *board.cores(placement, kinds),
            *board.flows(placement["traffic"]["flows"]),
        )
    )
    of = f" of {int(total) * placement['chips']}" if total else ""
    return svg.figure(
        body,
        key="core-map",
        title=f"{used}{of} cores in use",
        description=f"{placement['replicas']} replicas of the network on {placement['chips']} "
        f"chip{'s' if placement['chips'] > 1 else ''}; lines join tiles that exchange spikes.",
        box=board.box,
    )


class _Board:
    """Tiles of `chips` chips side by side, each a square of cores."""

    def __init__(self, columns: int, rows: int, per_tile: int, *, chips: int) -> None:
        self.columns, self.rows, self.chips = columns, rows, chips
        self.side = math.ceil(math.sqrt(per_tile))
        self.pitch = self.side * CORE + GAP

    @property
    def box(self) -> tuple[int, int]:
        return (self.columns * self.chips * self.pitch + GAP, self.rows * self.pitch + GAP)

    def at(self, tile: list[int]) -> tuple[int, int]:
        """The corner of a tile, given as chip, column, row."""
        chip, column, row = tile
        return GAP + (chip * self.columns + column) * self.pitch, GAP + row * self.pitch

    def tiles(self) -> Iterator[str]:
        size = self.side * CORE
        for chip in range(self.chips):
            for column in range(self.columns):
                for row in range(self.rows):
                    x, y = self.at([chip, column, row])
                    yield f'<rect class="tile" x="{x}" y="{y}" width="{size}" height="{size}"/>'

    def cores(self, placement: Mapping[str, Any], kinds: list[str]) -> Iterator[str]:
        holds = _nodes(placement) if "residents" in placement else _neurons(placement)
        seen: dict[tuple[int, ...], int] = {}
        for use in placement["uses"]:
            tile = (use["chip"], use["column"], use["row"])
            place = seen[tile] = seen.get(tile, -1) + 1
            if use["chip"] >= self.chips:
                continue
            x, y = self.at(list(tile))
            x, y = x + place % self.side * CORE, y + place // self.side * CORE
            most, said = holds.get(use["core"], (None, ""))
            colour = (kinds.index(most) if most in kinds else len(kinds) - 1) % svg.COLOURS
            yield (
                f'<rect class="core s{colour}" x="{x + 0.7}" y="{y + 0.7}" width="{CORE - 1.4}" '
                f'height="{CORE - 1.4}" rx="1" fill-opacity="{_full(use, placement):.2f}">'
                f"<title>core {use['core']}: {escape(said)}</title></rect>"
            )

    def flows(self, flows: list[Mapping[str, Any]]) -> Iterator[str]:
        most = max((flow["messages"] for flow in flows), default=0.0)
        middle = self.side * CORE / 2
        for flow in flows:
            if not most or max(flow["from"][0], flow["to"][0]) >= self.chips:
                continue
            (x, y), (to_x, to_y) = self.at(flow["from"]), self.at(flow["to"])
            width = 0.4 + 2.6 * flow["messages"] / most
            yield (
                f'<path class="flow" stroke-width="{width:.2f}" '
                f'd="M{x + middle:g} {y + middle:g}L{to_x + middle:g} {to_y + middle:g}"/>'
            )


def _neurons(placement: Mapping[str, Any]) -> dict[int, tuple[str | None, str]]:
    """By core: the population that has most neurons there, and what is said of all."""
    holds: dict[int, dict[str, int]] = {}
    for piece in placement["slices"]:
        on = holds.setdefault(piece["core"], {})
        on[piece["population"]] = on.get(piece["population"], 0) + piece["stop"] - piece["start"]
    return {
        core: (
            max(on, key=on.__getitem__),
            ", ".join(f"{name} {count:,}" for name, count in on.items()),
        )
        for core, on in holds.items()
    }


def _nodes(placement: Mapping[str, Any]) -> dict[int, tuple[str | None, str]]:
    """By core: the class of most of its nodes, and how many there are."""
    cores = placement["residents"]["cores"]
    return {
        number: (core["class"], f"{core['nodes']:,} nodes, most of {core['class'] or 'no class'}")
        for number, core in enumerate(cores)
    }


def _full(use: Mapping[str, Any], placement: Mapping[str, Any]) -> float:
    """0.3 to 1: how full the fullest of the core's known limits is."""
    shares = [
        use[mine] / value
        for mine, limit in (
            ("neurons", "neurons_per_core"),
            ("synapse_words", "synapse_words_per_core"),
            ("synapse_bits", "synapse_bits_per_core"),
            ("axons_in", "axons_in_per_core"),
            ("axons_out", "axons_out_per_core"),
        )
        if mine in use and (value := placement["limits"].get(limit, {}).get("value"))
    ]
    return 0.3 + 0.7 * min(max(shares, default=1.0), 1.0)
