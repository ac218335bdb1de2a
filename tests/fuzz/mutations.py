"""Changes of a file, each from a seed: of bytes, of values, and of what lies there at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Mutate = Callable[[Path, random.Random], str]
Rng = random.Random

# --- bytes ---------------------------------------------------------------------------------------


def of_bytes(path: Path, rng: Rng) -> str:
    data = bytearray(path.read_bytes())
    at, size = rng.randrange(len(data) or 1), rng.choice((1, 8, 64, 1024))
    how = rng.choice(("flip", "flip", "cut", "zeros", "ones", "twice", "drop", "insert", "number"))
    match how:
        case "flip":
            data[at] ^= 1 << rng.randrange(8)
        case "cut":
            del data[rng.choice((0, 1, 9, at, len(data) - 1)) :]
        case "zeros" | "ones":
            data[at : at + size] = (b"\0" if how == "zeros" else b"\xff") * size
        case "twice":
            data[at:at] = data[at : at + size]
        case "drop":
            del data[at : at + size]
        case "insert":
            data[at:at] = rng.randbytes(size)
        case "number":
            value = rng.choice(((1 << 63) - 1, -1, 1 << 31, 10**12, 0))
            data[at : at + 8] = struct.pack(rng.choice("<>") + "q", value)
    path.write_bytes(bytes(data))
    return how


# --- JSON ----------------------------------------------------------------------------------------

ODD = (
    *(None, True, 0, -1, 1 << 31, 1 << 63, 10**20, 1.5, 1e308, float("nan"), float("inf")),
    *("", "x", "../../up", "/etc/passwd", "a\0b", "\ud800", "<b>x</b>", "[/b]", "\x1b[31m"),
    *("long" * 30_000, [], {}, [[]], [None], {"a": 1}, {"noun": "Network", "fields": {}}),
    *({"array": "../x"}, {"array": "/"}, {"bits": "json", "shape": [10**12]}, {"map": {}}),
)
DEEP = "@@deep@@"


def of_tree(tree: Any, rng: Rng) -> tuple[Any, str]:
    """The tree with one value changed, and how."""
    holder, key = rng.choice([*_places({"": tree})])
    how = rng.choice(("odd", "odd", "near", "near", "near", "drop", "rename", "deep"))
    name = str(key)[:40]
    if how == "drop" and key != "":
        del holder[key]
    elif how == "rename" and isinstance(holder, dict) and key != "":
        holder[f"{key}x"] = holder.pop(key)
    elif how == "near":
        holder[key] = _near(holder[key], rng)
    else:
        holder[key] = DEEP if how == "deep" else rng.choice(ODD)
    return (tree if key != "" else holder[key]), f"{how} {name}"


def _places(held: Any) -> Any:
    items = held.items() if isinstance(held, dict) else enumerate(held[:5])
    for key, value in [*items]:
        yield held, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _near(value: Any, rng: Rng) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            near = (0, -1, value + 1, -value, value * 2, 10**9, 10**12, 1 << 63, 1e300, str(value))
            return rng.choice(near)
        case str():
            return rng.choice(
                ("", f"{value}x", value[:-1], value.upper(), value * 900, f"../{value}")
            )
        case list():
            return rng.choice((value[:-1], value * 2, value[::-1], [value], []))
        case dict():
            return rng.choice(([*value.values()], {}, {**value, "unknown": 1}))
    return 0


def written(tree: Any) -> bytes:
    text = json.dumps(tree).replace(f'"{DEEP}"', "[" * 20_000 + "]" * 20_000)
    return text.encode("utf-8", "surrogatepass")


def of_json(path: Path, rng: Rng) -> str:
    if rng.random() < 0.25:
        return of_bytes(path, rng)
    tree, how = of_tree(json.loads(path.read_text()), rng)
    path.write_bytes(written(tree))
    return how


def of_rows(path: Path, rng: Rng) -> str:
    lines = path.read_bytes().splitlines()
    at = rng.randrange(len(lines))
    tree, how = of_tree(json.loads(lines[at]), rng)
    lines[at] = written(tree)
    path.write_bytes(b"\n".join(lines if rng.random() < 0.9 else lines[::-1]) + b"\n")
    return how


# --- TOML and tables -----------------------------------------------------------------------------

TOML = (
    *("nan", "inf", "-1", "0", "1e308", "9" * 5000, "true", '"x"', '""', "[]", "{}", "1979-05-27"),
    *(
        "[" * 3000 + "]" * 3000,
        '"../../etc/passwd"',
        '"<b>"',
        '"\\u001b[31m"',
        "0x7fffffffffffffff",
    ),
)
BASES = ("chip.toml", "loihi2", "../../etc/passwd.toml", "/dev/zero.toml", "pipe.toml", "")
TOKENS = (
    *(
        "-1",
        "2147483648",
        "9223372036854775808",
        "1e3",
        "nan",
        "1e400",
        "",
        '"',
        "#",
        "\0",
        "\x1b[31m",
    ),
    *("9" * 400, "0" * 300 + "1", "1_000", "[/b]", "\ufeff1", "268435455", "None", "a b", "1;2"),
)


def of_toml(path: Path, rng: Rng) -> str:
    lines = path.read_text().splitlines()
    spots = [n for n, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    at, how = rng.choice(spots), rng.choice(("value", "value", "drop", "twice", "table", "base"))
    name, _, rest = lines[at].partition("=")
    match how:
        case "value":
            lines[at] = f"{name}= {rng.choice(TOML)}"
            if "value" in rest:
                lines[at] = (
                    f"{name}={rest.replace('value =', f'value = {rng.choice(TOML)}, x =', 1)}"
                )
        case "drop":
            del lines[at]
        case "twice":
            lines.insert(at, lines[at])
        case "table":
            lines.insert(at, rng.choice(("[x]", "[limits]", "[energy.x]", "[[limits]]")))
        case "base":
            if not path.with_name("pipe.toml").exists():
                os.mkfifo(path.with_name("pipe.toml"))
            lines.insert(0, f'base = "{rng.choice(BASES)}"')
    path.write_text("\n".join(lines) + "\n")
    return how


def of_table(path: Path, rng: Rng) -> str:
    if rng.random() < 0.2:
        return of_bytes(path, rng)
    lines = path.read_text().splitlines()
    comma = "," if "," in lines[0] else " "
    how = rng.choice(
        ("token", "token", "token", "short", "long", "far", "header", "quote", "coded")
    )
    at = rng.randrange(len(lines))
    match how:
        case "token":
            for _ in range(rng.choice((1, 1, 5))):
                cells = lines[at].split(comma)
                cells[rng.randrange(len(cells))] = rng.choice(TOKENS)
                lines[at] = comma.join(cells)
        case "short":
            lines[at] = lines[at].split(comma)[0]
        case "long":
            lines[at] = comma.join(["1"] * rng.choice((4, 100, 50_000)))
        case "far":
            lines.append(comma.join(("0", rng.choice(("2147483645", "100000000")), "0")))
        case "header":
            lines[0] = rng.choice(("", "u,v", ",,,", "x" * 50_000, "u,v,t\0", "t,t,t"))
        case "quote":
            lines[at] = f'"{lines[at]}'
    raw = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    path.write_bytes(raw.decode().encode("utf-16") if how == "coded" else raw)
    return how


def of_gz(path: Path, rng: Rng) -> str:
    how = rng.choice(("bytes", "bytes", "table", "bomb", "twice"))
    if how == "bytes":
        return of_bytes(path, rng)
    if how == "table":
        inner = path.with_suffix(".inner")
        inner.write_bytes(gzip.decompress(path.read_bytes()))
        how = of_table(inner, rng)
        path.write_bytes(gzip.compress(inner.read_bytes()))
        inner.unlink()
    else:
        path.write_bytes(
            gzip.compress(bytes(1 << 24)) * 20 if how == "bomb" else path.read_bytes() * 2
        )
    return how


# --- arrays --------------------------------------------------------------------------------------

DTYPES = ("f4", "f8", "f2", "i1", "i8", "u8", ">i4", "c8", "?", "S5", "U5", "M8[s]", "f16")
SHAPES = ("(1000000000000, 9)", "(-4, -4)", "(True,)", "(0, 1000000000000)", "(3.5,)", "'x'")
DESCRS = ("<f4", "<i8", "|O", "|V0", "<U0", "x", "<f4,<i4")


class Executed:
    """Leaves a mark where a pickle of it is loaded."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("EXECUTED",)


def odd_array(array: Any, rng: Rng) -> tuple[Any, str]:
    how = rng.choice(("value", "value", "value", "dtype", "shape", "empty", "short", "objects"))
    with np.errstate(all="ignore"):
        match how:
            case "value" if array.size and array.dtype.kind in "iuf":
                flat = array.reshape(-1).copy()
                small = array.dtype.kind == "f"
                most = (np.nan, np.inf, 1e38, -1.0) if small else (np.iinfo(array.dtype).max, 0, 1)
                flat[rng.randrange(flat.size)] = rng.choice(most)
                return flat.reshape(array.shape), how
            case "dtype" if array.dtype.kind in "iufb":
                return array.astype(rng.choice(DTYPES)), how
            case "shape":
                return rng.choice((array.reshape(-1), array[None], array[..., None], array.T)), how
            case "objects":
                return np.array([Executed()], object), how
    return (array[:0] if how == "empty" else array[:-1]) if array.ndim else array[None], how


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=True)
    return out.getvalue()


def odd_header(rng: Rng) -> bytes:
    descr, shape = rng.choice(DESCRS), rng.choice(SHAPES)
    said = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"
    raw = rng.choice((said, said, said, "(" * 300 + "\n", "{" * 3000, "[]\n")).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + bytes(64)


def of_npy(path: Path, rng: Rng) -> str:
    how = rng.choice(("bytes", "array", "array", "header"))
    if how == "bytes":
        return of_bytes(path, rng)
    if how == "header":
        path.write_bytes(odd_header(rng))
        return how
    array, how = odd_array(np.load(path), rng)
    path.write_bytes(npy(array))
    return how


def of_npz(path: Path, rng: Rng) -> str:
    how = rng.choice(("bytes", "bytes", "array", "array", "array", "header", "member", "bomb"))
    if how == "bytes":
        return of_bytes(path, rng)
    with np.load(path) as file:
        arrays = dict(file)
    name = rng.choice([*arrays])
    members = {f"{n}.npy": npy(a) for n, a in arrays.items()}
    if how == "array":
        array, how = odd_array(arrays[name], rng)
        members[f"{name}.npy"] = npy(array)
    elif how == "header":
        members[f"{name}.npy"] = odd_header(rng)
    elif how == "bomb":
        members[f"{name}.npy"] = bytes(1 << 28)
    else:
        held = members.pop(f"{name}.npy")
        members |= rng.choice(
            ({}, {"../../up.npy": held}, {f"{name}.npy": b"text"}, {"x.npy": held})
        )
    with zipfile.ZipFile(path, "w", rng.choice((0, 8, 12))) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return f"{how} {name}"


def of_safetensors(path: Path, rng: Rng) -> str:
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header, rest = json.loads(data[8 : 8 + size]), data[8 + size :]
    how = rng.choice(("bytes", "tree", "ours", "ours", "values", "length"))
    match how:
        case "bytes":
            return of_bytes(path, rng)
        case "tree":
            header, how = of_tree(header, rng)
        case "ours":
            ours, how = of_tree(json.loads(header["__metadata__"]["neurograph"]), rng)
            header["__metadata__"]["neurograph"] = written(ours).decode("utf-8", "surrogatepass")
        case "values":
            at = 4 * rng.randrange(len(rest) // 4)
            rest = (
                rest[:at] + struct.pack("<f", rng.choice((np.nan, np.inf, 1e38))) + rest[at + 4 :]
            )
    raw = written(header)
    told = rng.choice((0, size + 1, 1 << 63, 10**9)) if how == "length" else len(raw)
    path.write_bytes(struct.pack("<Q", told) + raw + rest)
    return how


# --- HDF5 ----------------------------------------------------------------------------------------

LINKS = ("soft", "external", "raw", "virtual", "group")


def of_hdf5(path: Path, rng: Rng) -> str:
    how = rng.choice(
        (
            "bytes",
            "bytes",
            "text",
            "text",
            "text",
            "array",
            "array",
            "huge",
            "bomb",
            "link",
            "drop",
            "sized",
        )
    )
    if how == "bytes":
        return of_bytes(path, rng)
    with h5py.File(path, "a") as file:
        names: list[str] = []
        file.visititems(lambda n, held: names.append(n) if isinstance(held, h5py.Dataset) else None)
        name = rng.choice([n for n in names if n != "json"])
        if how in ("text", "sized") and "json" in file:
            tree = json.loads(file["json"][()])
            tree, how = of_tree(tree, rng) if how == "text" else (_resized(tree, rng), how)
            del file["json"]
            file["json"] = written(tree).replace(b"\0", b"0")
            return how
        old = file[name][()]
        del file[name]
        match how:
            case "array":
                array, how = odd_array(old, rng)
                file[name] = array if array.dtype.kind in "iufbS" else "text"
            case "huge":
                file.create_dataset(name, shape=(10**12,), dtype="f4", chunks=(1024,))
            case "bomb":
                rows = 1 << 22
                held = file.create_dataset(
                    name, shape=(32 * rows,), dtype="i8", chunks=(rows,), compression=9
                )
                for at in range(0, len(held), rows):
                    held.id.write_direct_chunk((at,), ZEROS)
            case "link":
                how = f"link {_link(file, name, np.asarray(old), path, rng)}"
    return f"{how} {name}"


ZEROS = zlib.compress(bytes(8 << 22), 9)


def _link(file: h5py.File, name: str, old: Any, path: Path, rng: Rng) -> str:
    other, kind = path.parent / "other.h5", rng.choice(LINKS)
    shape, dtype = old.shape or (1,), old.dtype if old.dtype.kind in "iuf" else np.dtype("u1")
    with h5py.File(other, "w") as beside:
        beside["x"] = np.zeros(shape, dtype)
    match kind:
        case "soft":
            file[name] = h5py.SoftLink(rng.choice(("/json", "/nowhere", f"/{name}")))
        case "external":
            file[name] = h5py.ExternalLink(str(other), "/x")
        case "raw":
            size = int(np.prod(shape)) * dtype.itemsize
            file.create_dataset(name, shape=shape, dtype=dtype, external=[(str(other), 0, size)])
        case "virtual":
            layout = h5py.VirtualLayout(shape=shape, dtype=dtype)
            layout[...] = h5py.VirtualSource(str(other), "x", shape=shape)
            file.create_virtual_dataset(name, layout)
        case "group":
            file[name] = file["/"]
    return kind


def _resized(tree: Any, rng: Rng) -> Any:
    shapes = [held for held, key in _places({"": tree}) if key == "shape"]
    if shapes:
        held = rng.choice(shapes)
        shape = held["shape"]
        held["shape"] = rng.choice(
            ([10**12], [-1], [0], shape * 2, shape[::-1], ["x"], None, [1.5])
        )
    return tree


# --- what lies there -----------------------------------------------------------------------------


def of_place(path: Path, rng: Rng) -> str:
    """Something else in the place of the file: a pipe, a folder, a device, a link out."""
    own = path.parts[0] in ("run", "twin", "imported")  # what a user names may be a link
    how = rng.choice(("pipe", "folder", "device", *(["link"] if own else [])))
    data = path.read_bytes()
    path.unlink()
    match how:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "link":
            outside = Path("..") / "outside"
            outside.mkdir(exist_ok=True)
            (outside / path.name).write_bytes(data)
            path.symlink_to((outside / path.name).absolute())
    return f"place {how}"


KINDS: dict[str, Mutate] = {
    "json": of_json,
    "rows": of_rows,
    "toml": of_toml,
    "table": of_table,
    "gz": of_gz,
    "npy": of_npy,
    "npz": of_npz,
    "safetensors": of_safetensors,
    "hdf5": of_hdf5,
}


def mutate(kind: str, path: Path, seed: str) -> str:
    """Change the file by a seed; returns what was done."""
    rng, before = random.Random(seed), path.read_bytes()
    if rng.random() < 0.04:
        return of_place(path, rng)
    for _ in range(20):
        try:
            how = KINDS[kind](path, rng)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError):
            path.write_bytes(before)  # no such change of this file: another one
            continue
        if path.read_bytes() != before:
            return how
    path.write_bytes(before[:-1])
    return "cut"
