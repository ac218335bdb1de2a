"""What the names of columns say: words that people use for ends, times, weights and classes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TIMES = _set(
    """
    t time times timestamp timestamps ts date datetime day year quarter month week hour minute step
    timestep snapshot epoch unixtime unix when created datum zeit period round wave start
    begin end
    """
)
NO_TIMES = _set("label class zone duration weight count id type name birth")
FIRST_TIMES = ("timestamp", "time", "t", "ts", "datetime", "date", "start", "begin")
WEIGHTS = _set("weight weights amount count counts strength frequency volume multiplicity gewicht")
WHOLE_WEIGHTS = _set("w wt n value freq contacts duration data")
CLASSES = _set("c class classes label group department type")
NOT_IDS = _set(
    """
    label class type sign rating score weight feature features attr attribute idx index lat
    lon latitude longitude
    """
)
QUANTITY = ("num", "number", "n", "count", "total")
DIRECTED = (  # pairs of words, the surest first
    *(("source", "target"), ("src", "dst"), ("src", "dest"), ("source", "dest")),
    *(("source", "destination"), ("source", "dst"), ("src", "target"), ("from", "to")),
    *(("sender", "receiver"), ("sender", "recipient"), ("caller", "callee"), ("head", "tail")),
    *(("follower", "followee"), ("follower", "followed"), ("rater", "ratee")),
    *(("truster", "trustee"), ("trustor", "trustee"), ("citing", "cited"), ("payer", "payee")),
    *(("origin", "destination"), ("origin", "dest"), ("reporter", "partner"), ("ego", "alter")),
    *(("parent", "child"), ("tail", "head"), ("start", "end"), ("buyer", "seller")),
)
PLAIN = (
    ("u", "v"),
    ("i", "j"),
    ("1", "2"),
    ("a", "b"),
    ("u", "i"),
    ("0", "1"),
    ("x", "y"),
    ("row", "col"),
)
ENDS = frozenset(name for pair in (*DIRECTED, *PLAIN[:2]) for name in pair)
PEOPLE = _set(
    """
    user customer client author reviewer reader member person people student actor artist
    viewer voter editor patient player investor employee woman listener buyer legislator
    visitor account
    """
)
THINGS = _set(
    """
    item product movie film book paper article group page genre tag subreddit token song
    track album video course business event club service app game post thread repo
    repository project company organisation organization committee bill drug disease recipe
    word topic playlist category shop store restaurant venue location place poi
    """
)
FILLERS = _set("id ids name no nr number key address code uid num")


@dataclass(frozen=True, kw_only=True)
class NamedEnds:
    """Two columns whose names say that they are the ends of an edge."""

    source: str
    target: str
    directed: bool = False
    two_kinds: bool = False


def tokens(name: str) -> tuple[str, ...]:
    """The words in a name, in small letters: "FromNodeId" -> ("from", "node", "id")."""
    return tuple(
        part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", name)
    )


def is_time(name: str) -> bool:
    """Whether a name says that the column is a time; "t" does so only where it stands alone."""
    found = set(tokens(name))
    words = found & TIMES
    return bool(words) and not found & NO_TIMES and (found == {"t"} or words != {"t"})


def first_time(names: Iterable[str]) -> str:
    """Of several columns of times, the one to begin with."""

    def rank(name: str) -> int:
        words = tokens(name)
        return min((FIRST_TIMES.index(w) for w in words if w in FIRST_TIMES), default=99)

    return min(names, key=rank)


def is_weight(name: str) -> bool:
    found = set(tokens(name))
    return bool(found & WEIGHTS) or (len(found) == 1 and bool(found & WHOLE_WEIGHTS))


def is_no_id(name: str) -> bool:
    """Whether a name says that the column is something of an edge, not its end."""
    found = tokens(name)
    if len(found) > 1 and (found[-1] == "count" or (found[0] in QUANTITY and found[1].isalpha())):
        return True  # num_words
    return bool(set(found) & NOT_IDS) or re.fullmatch(r"f\d+", name.lower()) is not None


def is_key(name: str) -> bool:
    """Whether a name says that the column tells rows apart: edge_id, eid, row number."""
    found = set(tokens(name))
    return bool(found & FILLERS) or name.lower() in ("eid", "rid")


def ends_by_name(names: list[str]) -> NamedEnds | None:
    """The two columns that are named as the ends of an edge; None where no two are."""
    for pairs, directed in ((DIRECTED, True), (PLAIN, False)):
        for words in pairs:
            for source, target in permutations(names, 2):
                rest = _paired(source, target, words)
                if rest is not None and not set(rest) & CLASSES:
                    return NamedEnds(source=source, target=target, directed=directed)
    return _two_kinds(names) or _one_within_the_other(names)


def classes_by_name(names: list[str]) -> tuple[str, str] | None:
    """The columns named as the classes of the two ends: C1 and C2, Ci and Cj, class_src ..."""
    for words in (*DIRECTED, *PLAIN):
        for first, second in permutations(names, 2):
            rest = _paired(first, second, words)
            if rest is not None and set(rest) & CLASSES:
                return first, second
    return None


def _paired(first: str, second: str, words: tuple[str, str]) -> tuple[str, ...] | None:
    """What two names share beside the pair of words in which they differ; None if they do not."""
    a, b = tokens(first), tokens(second)
    if words[0] in a and words[1] in b:
        left = tuple(w for w in a if w != words[0]), tuple(w for w in b if w != words[1])
        if left[0] == left[1]:
            return left[0]
    whole = first.lower(), second.lower()
    short = len(words[0]) == 1
    for cut in (_after, _before) if not short else (_before,):
        rest = cut(whole[0], words[0]), cut(whole[1], words[1])
        if rest[0] and rest[0] == rest[1] and (not short or rest[0] in CLASSES | FILLERS | PEOPLE):
            return (rest[0],)
    return None


def _after(name: str, word: str) -> str:
    return name[len(word) :] if name.startswith(word) else ""


def _before(name: str, word: str) -> str:
    return name[: -len(word)] if name.endswith(word) else ""


def _kinds(name: str) -> set[str]:
    """Words of what is numbered: "user_id", "userid" and "users" are all of "user"."""
    found = set(tokens(name))
    for word in list(found):
        found |= {word.removesuffix("s"), word.removesuffix("id"), word.removesuffix("ids")}
    return found


def _two_kinds(names: list[str]) -> NamedEnds | None:
    people = [name for name in names if _kinds(name) & PEOPLE]
    things = [name for name in names if _kinds(name) & THINGS and name not in people]
    if people and things:
        return NamedEnds(source=people[0], target=things[0], two_kinds=True)
    return None


def _one_within_the_other(names: list[str]) -> NamedEnds | None:
    """As "nation" and "trading nation": what they share is the kind of both."""
    for first, second in permutations(names, 2):
        a, b = tokens(first), tokens(second)
        if a and len(b) > len(a) and set(a) - FILLERS and b[-len(a) :] == a:
            order = sorted((first, second), key=names.index)
            return NamedEnds(source=order[0], target=order[1])
    return None
