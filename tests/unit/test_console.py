"""Tables as a terminal shows them."""

from __future__ import annotations

import pytest
from rich.console import Console

from neurograph.cli import console

COLUMNS = ("", "micro-F1", "same predictions")
ROWS = (("vote of neighbours", "83.47 %", "100.00 %"), ("majority", "9.5 %", "-"))


@pytest.mark.parametrize("width", [20, 40, 46, 47, 80])
def test_no_word_of_a_table_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, width=width))
    console.table("Scores", COLUMNS, ROWS)
    shown = capsys.readouterr().out
    for word in " ".join(["Scores", *COLUMNS, *(cell for row in ROWS for cell in row)]).split():
        assert word in shown
    assert ("micro-F1: 83.47 %" in shown) == (width < 47)


def test_cells_are_text_and_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, width=10))
    console.table("Classes", ("class", "nodes"), [("[bold]oak", "3")])
    assert capsys.readouterr().out.splitlines() == ["Classes", "[bold]oak", "  nodes: 3"]
