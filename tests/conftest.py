"""Fixtures that every test can use; a missing prerequisite skips, or fails where it is required."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell starts what is in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or Ctrl-C could not be tested

# As `neurograph.models` sets it, but before a test imports PyTorch: threads that wait for one
# another do not spin, which on a busy machine costs several times the work itself.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
if "PYTEST_XDIST_WORKER" in os.environ:  # beside others: threads of OpenBLAS spin, whatever they do
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

REQUIRED = set(os.environ.get("NEUROGRAPH_REQUIRE", "").replace(",", " ").split())
MARK, TOKEN = "NEUROGRAPH_TEST_MARK", "NEUROGRAPH_TEST_TOKEN"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported to collect tests stays: nobody need search it for garbage, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that is marked `alone` runs while the other workers wait."""
    folder, alone = Path(__file__).parent, item.get_closest_marker("alone") is not None
    with ExitStack() as turn:
        with _locked(folder / "conftest.py"):  # so that nobody overtakes who waits
            turn.enter_context(_locked(folder, shared=not alone))
        done = yield
    if nextitem is None or nextitem.path != item.path:  # what a file leaves stays, too
        gc.collect()
        gc.freeze()
    return done


@contextmanager
def _locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Holds a lock between processes on a file or folder that is there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a fork of this process may have it open still
        os.close(descriptor)


def missing(what: str, why: str) -> None:
    """Skip with one line, or fail where `NEUROGRAPH_REQUIRE` names `what`."""
    (pytest.fail if what in REQUIRED else pytest.skip)(why)


@pytest.fixture(scope="session", name="missing")
def _missing() -> Callable[[str, str], None]:
    return missing


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real graphs: NEUROGRAPH_DATA, or shared/data beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("NEUROGRAPH_DATA", default))
    if not (folder / "dblp" / "dblp.npz").is_file():
        missing("data", f"no real graphs in {folder}; set NEUROGRAPH_DATA to run this test")
    return folder


@pytest.fixture(scope="session")
def lava() -> None:
    """Skips where lava-nc is not installed."""
    from importlib.util import find_spec

    if find_spec("lava") is None:
        missing("lava", "lava-nc is not installed; see README, 'Install'")


@pytest.fixture(scope="session")
def sanafe() -> None:
    """Skips where SANA-FE is not installed."""
    from neurograph.core.errors import BackendError
    from neurograph_sanafe.supervise import interpreter

    try:
        interpreter(None)
    except BackendError as error:
        missing("sanafe", str(error))


@pytest.fixture(scope="session")
def warm_worker(lava: None) -> Iterator[tuple[str, ...]]:
    """For `supervise.WORKER`, where not the worker's start and end are tested; see `warm_lava`."""
    from neurograph_lava.supervise import ONE_THREAD

    script = str(Path(__file__).with_name("warm_lava.py"))
    with tempfile.TemporaryDirectory() as folder:  # a short path, for a socket
        path = str(Path(folder) / "socket")
        words = [sys.executable, script, "serve", path]
        environment = os.environ | dict.fromkeys(ONE_THREAD, "1")
        with subprocess.Popen(words, stdin=subprocess.PIPE, env=environment) as server:
            while not Path(path).exists():
                assert server.poll() is None
                time.sleep(0.01)
            yield ("-I", "-S", script, "ask", path)


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)`: a copy of the folder that `make` fills in one worker, for all of them."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def copy(name: str, make: Callable[[Path], None]) -> Path:
        whole, unfinished = shared / f"{name}.whole", shared / f"{name}.unfinished"
        with FileLock(shared / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(whole)
        own = tmp_path_factory.mktemp(name)
        return Path(shutil.copytree(whole, own, symlinks=True, dirs_exist_ok=True))

    return copy


@pytest.fixture(scope="session")
def namespace() -> list[str]:
    """Words that run a command where it may mount file systems that nobody else sees."""
    words = _namespace()
    if words is None:  # no prerequisite that a person may lack: whoever requires any, requires it
        why = "this machine lets nobody mount a small file system in a namespace of its own"
        (pytest.fail if REQUIRED else pytest.skip)(why)
    assert words is not None
    return words


@cache
def _namespace() -> list[str] | None:
    for words in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        test = [*words, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]
        try:
            if not subprocess.run(test, capture_output=True, check=False).returncode:
                return words
        except OSError:
            return None
    return None


class Traces:
    """What a worker could leave: marked processes, named segments, files in `folder`."""

    def __init__(self, mark: str, token: str, folder: Path) -> None:
        self.mark, self.token, self.folder = mark, token, folder

    def alive(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.environ().get(MARK) == self.mark:
                    found.append(process)
            except psutil.Error:  # gone, or a zombie that waits for init
                continue
        return found

    def worker(self) -> psutil.Process:
        """The process that a run watches: it was given the token, and leads its session."""
        (found,) = [p for p in self.alive() if _leads_its_session(p)]
        assert self.token in found.cmdline()
        return found

    def processes(self) -> list[str]:
        found = []
        for process in self.alive():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
                found.append(f"{process.pid} {process.name()}")
        return found

    def segments(self) -> list[str]:
        return [path.name for path in Path("/dev/shm").glob(f"*{self.token}*")]

    def files(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]

    def assert_gone(self, within_s: float = 10.0) -> None:
        """Nothing is left; a killed process takes a moment to die."""
        end = time.monotonic() + within_s
        while (self.processes() or self.segments() or self.files()) and time.monotonic() < end:
            time.sleep(0.1)
        assert self.processes() == []
        assert self.segments() == []
        assert self.files() == []


def _leads_its_session(process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == process.pid
    except ProcessLookupError:  # it ended meanwhile
        return False


@pytest.fixture
def traces(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Traces]:
    """Marks what is started from here on; a program of its own takes `TOKEN` for its token."""
    tmp_path_factory.getbasetemp()  # made now, not later in what is a temporary folder only here
    mark, token = secrets.token_hex(8), secrets.token_hex(6)
    folder = Path(tempfile.mkdtemp())  # a short path: the name of a socket has 107 characters
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv(TOKEN, token)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("neurograph_lava.supervise.secrets.token_hex", lambda _: token)
    found = Traces(mark, token, folder)
    yield found
    for process in found.alive():  # only if a test failed
        process.kill()
    for segment in found.segments():
        (Path("/dev/shm") / segment).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
