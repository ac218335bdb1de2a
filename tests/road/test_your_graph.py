"""Every command of docs/your-graph.md, on the files shown there, prints what the page says.

A section has a folder of its own. A fence `text NAME` is a file; in a fence `text`, a line
`==> NAME <==` begins one. `python` is run; the comment behind a `print` is what that prints. In a
fence `console`, lines behind a command are parts of what it prints, in their order: a line with an
indent goes on, "..." at its end stands for the rest. In `console about`, figures may be others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from tests.command import Done

PAGE = Path(__file__).parents[2] / "docs" / "your-graph.md"
TEXT = PAGE.read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
FILE = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)
PROMPT = "$ neurograph "
GOES_ON = "    "
NEEDS_TRAINING = "Train, predict"


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A block of the page: its kind, what else its first line says, and its text."""

    kind: str
    rest: str
    text: str


SECTIONS = {
    title: [Fence(kind=k, rest=r, text=t) for k, r, t in FENCE.findall(body)]
    for title, _, body in (part.partition("\n") for part in TEXT.split("\n## "))
}


@pytest.mark.parametrize(
    "title",
    [
        pytest.param(title, marks=[pytest.mark.slow] if title == NEEDS_TRAINING else [])
        for title, fences in SECTIONS.items()
        if fences
    ],
)
def test_what_a_section_shows_is_printed(
    title: str, tmp_path: Path, neurograph: Callable[..., Done]
) -> None:
    for fence in SECTIONS[title]:
        if fence.kind == "text":
            _write(fence, tmp_path)
        elif fence.kind == "python":
            shown = re.findall(r"^print\(.*  # (.*)$", fence.text, re.MULTILINE)
            assert _run(fence.text, tmp_path).splitlines() == shown
        else:
            assert fence.kind == "console"
            for words, shown in _commands(fence.text):
                done = neurograph(tmp_path, *words, columns=100)
                _check(done, shown, about=fence.rest == "about")


def test_the_table_names_commands_that_are_run() -> None:
    table = re.findall(r"^\|.*\|.*`(neurograph .*)` \|$", TEXT, re.MULTILINE)
    assert len(table) > 10
    assert [command for command in table if f"$ {command}\n" not in TEXT] == []


def test_the_page_is_short() -> None:
    lines = TEXT.splitlines()
    assert len(lines) < 350
    assert [line for line in lines if len(line) > 115 and not line.startswith("|")] == []


def test_the_size_of_a_matrix_is_no_loss(tmp_path: Path, neurograph: Callable[..., Done]) -> None:
    head = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n"
    (tmp_path / "m.mtx").write_text(head + "2 1\n3 1\n", encoding="utf-8")
    done = neurograph(tmp_path, "data", "import", "--edges", "m.mtx", "-o", "g")
    assert done.stdout.splitlines()[0] == "g: 3 nodes, 1 step, 2 pairs, 0 classes"
    assert "not taken" not in done.stderr


def _write(fence: Fence, folder: Path) -> None:
    """The files of a fence."""
    names = [fence.rest] if fence.rest else FILE.findall(fence.text)
    texts = [fence.text] if fence.rest else FILE.split(fence.text)[2::2]
    for name, text in zip(names, texts, strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _run(code: str, folder: Path) -> str:
    """What Python prints, in a folder."""
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.chdir(folder)
        exec(compile(code, str(PAGE), "exec"), {})
    return said.getvalue()


def _commands(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The words of each command, and the lines shown behind it, those with an indent joined."""
    for part in text.split(PROMPT)[1:]:
        command, _, shown = part.partition("\n")
        yield command.split(), shown.replace("\n" + GOES_ON, " ").splitlines()


def _check(done: Done, shown: list[str], *, about: bool) -> None:
    printed = done.stderr + done.stdout  # notes come before results
    refused = any(line.startswith("error: ") for line in shown)
    assert done.returncode == (2 if refused else 0), printed
    rest = _plain(printed, about=about)
    for line in shown:
        wanted = _plain(line.removesuffix("..."), about=about)
        assert wanted in rest, f"not printed: {line}\n{printed}"
        rest = rest.partition(wanted)[2]


def _plain(text: str, *, about: bool) -> str:
    """Without differences in blanks, and in figures where they are about right."""
    text = " ".join(text.split())
    return re.sub(r"\d[\d,.]*", "#", text) if about else text
