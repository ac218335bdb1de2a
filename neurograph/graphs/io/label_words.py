"""From what stands in a column of labels to classes, and to none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts

NONE = (
    "unknown|unlabeled|unlabelled|not labeled|not labelled|no label|unclassified|unassigned|"
    "undefined|missing|not available|not known|not assigned|unspecified|not specified|unk|"
    "unbekannt|ohne|inconnu|inconnue|desconocido|desconocida|sconosciuto|desconhecido|onbekend|"
    "nan|nat|null|none|nil|na|n/a|n.a.|#n/a|<na>|-|--|?|-1"
)
INTEGER = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
MOST_CLASSES = int(np.iinfo(np.int16).max)
MOST_DECIMALS = 20  # more different decimals than this are measurements


@dataclass(frozen=True, eq=False, kw_only=True)
class Classes:
    """The class of each row: int16 ``(rows,)``, -1 for none, and names in their order."""

    values: Array
    names: tuple[str, ...]
    notes: tuple[str, ...]


def classes_of(
    values: Array,
    *,
    what: str,
    unlabelled: tuple[str, ...] = (),
    where: Callable[[int], str],
    doubts: Doubts,
) -> Classes:
    """Classes in the order of their numbers, where all are integers, else of their names.

    Args:
        values: ``(rows,)``: numbers, booleans, or objects of text with None where nothing stands.
        what: the file, for errors.
        unlabelled: what means that a node has no class, instead of the usual words; where nothing
            stands there is none in any case.
        doubts: asked where a word may be a class.

    Raises:
        DataError: fewer than 2 classes, too many, or labels that are measurements.
    """
    import pandas as pd

    codes, found = pd.factorize(_texts(values, where))
    words = [str(word).strip() for word in found]
    none = _none(words, what, unlabelled, doubts)
    _ask_of_lists([word for word, out in zip(words, none, strict=True) if not out], what, doubts)
    names = _plain([word for word, out in zip(words, none, strict=True) if not out], what)
    ordered = sorted(set(names), key=int if all(map(_is_int, names)) else str)
    _check(ordered, what)
    number = dict(zip(ordered, range(len(ordered)), strict=True))
    kept = iter(names)
    of_word = [-1 if out else number[next(kept)] for out in none]
    # the last entry is that of rows in which nothing stands, whose code is -1
    classes = np.array([*of_word, -1], np.int16)[codes]
    dropped = _dropped(codes, words, none)
    return Classes(values=classes, names=tuple(ordered), notes=dropped)


def lone_classes(classes: Array, names: tuple[str, ...]) -> tuple[str, ...]:
    """A note where classes have one member: such a one can be learnt or scored, never both.

    Raises:
        DataError: every class has one.
    """
    sizes = np.bincount(classes[classes >= 0], minlength=len(names))
    lone = [name for name, size in zip(names, sizes, strict=True) if size == 1]
    if not lone:
        return ()
    some = ", ".join(f"'{name}'" for name in lone[:5]) + (", ..." if len(lone) > 5 else "")
    if len(lone) == 1:
        return (f"class {some} has one node only; it cannot be both learnt and scored",)
    return (f"{len(lone):,} classes have one node each ({some}); none can be learnt and scored",)


def _texts(values: Array, where: Callable[[int], str]) -> Array:
    """Objects of text; None where nothing stands. Whole floats as integers."""
    if values.dtype.kind == "f":
        known = np.isfinite(values)
        whole = (values[known] % 1 == 0).all() and (np.abs(values[known]) < 1 << 53).all()
        texts = np.full(len(values), None, object)
        texts[known] = (values[known].astype(np.int64) if whole else values[known]).astype(str)
        return texts
    if values.dtype.kind in "iubU":
        return values.astype(str).astype(object)
    if values.dtype.kind != "O":
        raise DataError(f"{where(0)}: {values.dtype} is no label; needed classes")
    return values


def _none(words: list[str], what: str, unlabelled: tuple[str, ...], doubts: Doubts) -> list[bool]:
    """Which of these different words mean no class."""
    if unlabelled:
        chosen = {word.strip() for word in unlabelled} | {""}
        if lacking := [word for word in unlabelled if word and word.strip() not in words]:
            shown = ", ".join(map(repr, words[:10]))
            raise DataError(f"{what}: --unlabelled {lacking[0]}: no such label; it has {shown}")
        return [word in chosen for word in words]
    none = [_usual(word) for word in words]
    classes = [word for word, out in zip(words, none, strict=True) if not out]
    for index, word in enumerate(words):
        if (guess := _doubted(word, classes)) is None:
            continue
        none[index] = guess == "no label"
        beside = [name for name in classes if name != word][:5]
        option = f"--unlabelled {word}"
        doubts.ask(
            f"{what}: is '{word}' a class, beside {', '.join(map(repr, beside))}, or does it "
            "mean that a node has no label?",
            f"it is {guess}",
            option if none[index] else f"--unlabelled ''; for no label: {option}",
        )
    return none


def _usual(word: str) -> bool:
    """Whether a word says that there is no class."""
    low = word.lower().replace("_", " ")
    return low in NONE.split("|") or not low or (_is_number(word) and float(word) == -1)


def _doubted(word: str, classes: list[str]) -> str | None:
    """The guess about a word that may be a class, None where there is no doubt."""
    if word.lower() == "none" and word != "None":  # Python writes nothing as None
        return "no label"
    if _is_number(word) and float(word) == -1 and len(classes) == 1:
        return "a class"  # of two, -1 and 1
    if _is_filler(word, classes):
        return "no label"
    if word == "-" and "+" in classes:
        return "a class"
    codes = [name for name in classes if len(name) == 2 and name.isalpha() and name.isupper()]
    if word == "NA" and len(codes) > 1 and len(codes) == len(classes):
        return "a class"  # Namibia, or North America
    return None


def _is_filler(word: str, classes: list[str]) -> bool:
    """Whether a number such as -9 or 999 stands alone beside those that count classes."""
    others = [name for name in classes if name != word]
    if not (_is_int(word) and len(others) > 1 and all(map(_is_int, others))):
        return False
    low, high = min(map(int, others)), max(map(int, others))
    nines = set(word.lstrip("-")) == {"9"} and len(word.lstrip("-")) > 1
    return low >= 0 and (int(word) < -1 or (nines and int(word) > 2 * high))


def _ask_of_lists(names: list[str], what: str, doubts: Doubts) -> None:
    """Ask whether labels such as a|b, beside a|c and b, are several classes each."""
    for separator in "|;,":
        lists = {
            name: {part.strip(" []{}()'\"") for part in name.split(separator)}
            for name in names
            if separator in name
        }
        times = Counter(part for parts in lists.values() for part in parts)
        times.update(name for name in names if name not in lists)
        if len(lists) > 1 and all(times[part] > 1 for parts in lists.values() for part in parts):
            some = ", ".join(repr(name) for name in list(lists)[:3])
            doubts.ask(
                f"{what}: are labels such as {some} several classes of one node? One class per "
                "node; several are not supported",
                "each is a class of its own",
                "--yes",
            )
            return


def _plain(names: list[str], what: str) -> list[str]:
    """Integers without a decimal point, where all are whole numbers.

    Raises:
        DataError: too many different decimals.
    """
    if not all(map(_is_number, names)):
        return names
    numbers = [float(name) for name in names]
    if all(number % 1 == 0 and abs(number) < 1 << 53 for number in numbers):
        return [str(int(number)) for number in numbers]
    if len(names) > MOST_DECIMALS:
        raise DataError(
            f"{what}: {len(names):,} different numbers with decimals as labels ({names[0]}, "
            f"{names[1]}, ...); needed classes"
        )
    return names


def _check(names: list[str], what: str) -> None:
    if len(names) < 2:
        found = f"every label is '{names[0]}'" if names else "no node has a label"
        raise DataError(f"{what}: {found}; a classifier needs at least 2 classes")
    if len(names) > MOST_CLASSES:
        raise DataError(f"{what}: {len(names):,} different labels, limit {MOST_CLASSES:,}")


def _dropped(codes: Array, words: list[str], none: list[bool]) -> tuple[str, ...]:
    """A note for each word that means no label, and for rows in which nothing stands."""
    counts = np.bincount(codes + 1, minlength=len(words) + 1)
    shown = [(counts[0], "without anything in the column of labels")]
    shown += [
        (count, f"labelled '{word}'" if word else shown[0][1])
        for count, word, out in zip(counts[1:], words, none, strict=True)
        if out
    ]
    return tuple(
        f"{count:,} row{' is' if count == 1 else 's are'} {text}: taken as no label"
        for count, text in shown
        if count
    )


def _is_int(text: str) -> bool:
    return INTEGER.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None and bool(np.isfinite(float(text)))
