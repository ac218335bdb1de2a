"""What differs between two runs of the same integers."""

from __future__ import annotations

from dataclasses import dataclass

from table import Row, row

from neurograph.runtime.record import RunRecord


@dataclass
class Differing:
    """How many values differ between two runs, of how many."""

    spikes: int = 0
    states: int = 0
    predictions: int = 0
    compared_spikes: int = 0
    compared_states: int = 0
    compared_predictions: int = 0

    def compare(self, want: RunRecord, got: RunRecord) -> None:
        for name, spikes in want.spikes.items():
            self.spikes += int((got.spikes[name] != spikes).sum())
            self.compared_spikes += spikes.size
            for variable, values in want.final[name].items():
                self.states += int((got.final[name][variable] != values).sum())
                self.compared_states += values.size
        self.predictions += int((got.predictions != want.predictions).sum())
        self.compared_predictions += len(want.nodes)

    def rows(self, of: str) -> list[Row]:
        def one(what: str, differing: int, compared: int) -> Row:
            return row(f"{what} of {compared:,} that differ, {of}", differing, "", 0, "=")

        return [
            one("predictions", self.predictions, self.compared_predictions),
            one("spikes", self.spikes, self.compared_spikes),
            one("final states", self.states, self.compared_states),
        ]
