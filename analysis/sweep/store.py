"""The store: one SQLite file that holds runs, failed attempts, provenance, and what is needed to plan again."""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import platform
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any, Iterable, Iterator, NamedTuple

from ..base.errors import BadInput, CannotWrite
from ..base.files import LAB
from ..base.program import Program
from .plan import SCHEMA, canonical_json
from .sweep_file import Sweep
from .worker import Result

TABLES = """
CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS builds (
    model TEXT PRIMARY KEY, program TEXT NOT NULL, description TEXT NOT NULL, added INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sweeps (
    text TEXT PRIMARY KEY, name TEXT NOT NULL, added INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS units (metric TEXT PRIMARY KEY, unit TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS points (id INTEGER PRIMARY KEY, parameters TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS runs (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, point INTEGER NOT NULL REFERENCES points,
    rng_seed INTEGER NOT NULL, rng_run INTEGER NOT NULL, metrics TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counterfactuals (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL, point INTEGER NOT NULL REFERENCES points, name TEXT NOT NULL,
    UNIQUE (model, point, name));
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, utc TEXT NOT NULL, host TEXT NOT NULL, kind TEXT NOT NULL,
    code INTEGER NOT NULL, message TEXT NOT NULL, stderr TEXT NOT NULL, argv TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_of_key ON attempts (key);
CREATE TABLE IF NOT EXISTS environments (
    id INTEGER PRIMARY KEY, module_commit TEXT NOT NULL, dirty TEXT NOT NULL, ns3_version TEXT NOT NULL,
    built_with TEXT NOT NULL, host TEXT NOT NULL, cpu TEXT NOT NULL, tool_version TEXT NOT NULL,
    UNIQUE (module_commit, dirty, ns3_version, built_with, host, cpu, tool_version));
CREATE TABLE IF NOT EXISTS provenance (
    key TEXT PRIMARY KEY REFERENCES runs, environment INTEGER NOT NULL REFERENCES environments,
    utc TEXT NOT NULL, wall_s REAL NOT NULL, argv TEXT NOT NULL) WITHOUT ROWID;
"""


class Attempt(NamedTuple):
    """A run that failed: when, where, why, and where what it said is kept."""

    utc: str
    host: str
    message: str
    stderr: Path
    argv: list[str]


class Done(NamedTuple):
    """A run that succeeded: what it was, what it gave, and where it was made."""

    options: dict[str, str]
    metrics: dict[str, float | None]
    rng_seed: int
    rng_run: int
    model: str
    argv: list[str]
    utc: str
    wall_s: float
    module_commit: str
    dirty: str
    ns3_version: str
    built_with: str
    host: str
    cpu: str
    tool_version: str


class Locked(BadInput):
    """Another coordinator writes to the store."""


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what SQLite says into one sentence about the file."""
    try:
        yield
    except sqlite3.Error as problem:
        kind = CannotWrite if getattr(problem, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR")) else BadInput
        raise kind(f"{path}: {problem}; what was committed before is safe") from None


class Store:
    """An open store. One process writes at a time; any number may read meanwhile."""

    def __init__(self, path: Path, write: bool = False) -> None:
        self.path = path
        self._lock: int | None = None
        if not write and not path.is_file():
            raise BadInput(f"{path}: no such file; '{LAB} sweep run FILE -o {path}' makes it")
        with refusals(path):
            if write:
                self._take_lock()
                self._db = sqlite3.connect(path, isolation_level=None)
                self._db.execute("PRAGMA journal_mode=WAL")
                # A power failure may cost the last commits, never the file; those runs are done again.
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.executescript(TABLES)
                if not self._db.execute("SELECT * FROM schema").fetchall():
                    self._db.execute("INSERT INTO schema VALUES (?)", (SCHEMA,))
            else:
                self._db = self._open_to_read()
            self._check_schema()
        self._points: dict[str, int] = {}
        self._known_units: dict[str, str] = {}
        self._environments: dict[tuple[str, ...], int] = {}

    def _open_to_read(self) -> sqlite3.Connection:
        uri = self.path.resolve().as_uri()
        try:
            db = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None)
            db.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError:  # a folder that cannot be written has no place for WAL's index
            db = sqlite3.connect(f"{uri}?immutable=1", uri=True, isolation_level=None)
        return db

    def _check_schema(self) -> None:
        try:
            version = self._db.execute("SELECT version FROM schema").fetchone()[0]
        except (sqlite3.OperationalError, TypeError):
            raise BadInput(f"{self.path}: a database, but no store of sweeps") from None
        if version != SCHEMA:
            raise BadInput(f"{self.path}: schema {version}; this tool reads schema {SCHEMA}")

    def _take_lock(self) -> None:
        # The kernel drops the lock with the process, however that ends.
        name = f"{self.path}.lock"
        try:
            self._lock = os.open(name, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock or 0, 200).decode(errors="replace").strip()
            self._release()
            raise Locked(f"{self.path}: {holder or 'another process'} is writing to it; wait for it to end, or use "
                         "another file and merge them") from None  # fmt: skip
        except OSError as problem:
            raise BadInput(f"{name}: {problem.strerror}; the folder of the store must be writable") from None
        os.ftruncate(self._lock, 0)
        with contextlib.suppress(OSError):  # on a full disk the lock holds without telling whose it is
            os.write(self._lock, f"process {os.getpid()} on {platform.node()}\n".encode())

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def close(self) -> None:
        self._db.close()
        self._release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside stands in the file, or nothing of it."""
        with refusals(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                for cache in (self._points, self._known_units, self._environments):
                    cache.clear()  # they may tell of what has just been undone
                raise

    def _query(self, sql: str, values: Iterable[Any] = ()) -> list[tuple]:
        with refusals(self.path):
            return self._db.execute(sql, tuple(values)).fetchall()

    # ---- builds and sweeps

    @property
    def folder(self) -> Path:
        """Where run folders and what failed runs said are kept, beside the file."""
        return Path(f"{self.path}.files")

    def models(self) -> list[str]:
        """The identities of the models whose runs are here, oldest first."""
        return [row[0] for row in self._query("SELECT model FROM builds ORDER BY added, model")]

    def admit(self, program: Program, accept_build: bool) -> None:
        """Notes the program's build; refuses another one than that of the runs here, unless accepted."""
        others = [model for model in self.models() if model != program.model]
        if others and not accept_build and program.model not in self.models():
            raise BadInput(
                f"{self.path}: holds runs of model {others[-1][:12]}, but {program.path} is model {program.model[:12]}; "
                "use another file, or --accept-build to keep runs of both"
            )
        with self.transaction():
            self._db.execute("DELETE FROM builds WHERE model = ?", (program.model,))
            self._db.execute("INSERT INTO builds SELECT ?, ?, ?, coalesce(max(added), 0) + 1 FROM builds",
                             (program.model, program.path, json.dumps(program.description)))  # fmt: skip

    def program(self) -> Program:
        """The program of the latest build, as it described itself."""
        rows = self._query("SELECT program, description FROM builds ORDER BY added DESC LIMIT 1")
        if not rows:
            raise BadInput(f"{self.path}: holds no runs and no plan yet")
        return Program(rows[0][0], json.loads(rows[0][1]))

    def remember(self, sweep: Sweep) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM sweeps WHERE text = ?", (sweep.text,))
            self._db.execute("INSERT INTO sweeps SELECT ?, ?, coalesce(max(added), 0) + 1 FROM sweeps",
                             (sweep.text, sweep.name))  # fmt: skip

    def sweeps(self) -> list[tuple[str, str]]:
        """Name and text of each sweep that was run into this store, the latest first."""
        return self._query("SELECT name, text FROM sweeps ORDER BY added DESC")

    # ---- runs

    def done(self, metrics: Iterable[str] = ()) -> set[str]:
        """The keys of all runs that are here with these metrics."""
        wanted = [f"{json.dumps(name)}:" for name in metrics]
        rows = self._query("SELECT key, metrics FROM runs")
        return {key for key, text in rows if all(name in text for name in wanted)}

    def metrics(self) -> dict[str, dict[str, float]]:
        """The metrics of every run, by key; nan where one has no value."""
        rows = self._query("SELECT key, metrics FROM runs ORDER BY key")
        return {key: {name: math.nan if value is None else value for name, value in json.loads(text).items()} for key, text in rows}

    def units(self) -> dict[str, str]:
        return dict(self._query("SELECT metric, unit FROM units"))

    def counterfactuals(self) -> dict[str, list[str]]:
        """The names of those in force, by key, of every run that has any."""
        found: dict[str, list[str]] = {}
        if not self._query("SELECT 1 FROM sqlite_master WHERE name = 'counterfactuals'"):  # as in older stores
            return found
        for key, name in self._query("SELECT key, name FROM counterfactuals JOIN runs USING (model, point) ORDER BY id"):
            found.setdefault(key, []).append(name)
        return found

    def insert(self, rows: Iterable[tuple[Result, dict[str, str], int, int, str, tuple[str, ...]]]) -> int:
        """Inserts runs with all that belongs to them, in one transaction; returns how many were new.

        A run that is here already stays as it is, but for metrics that it did not keep then.

        Each row: result, options, RngSeed, RngRun, model, and what of the environment is known here.
        """
        new = 0
        with self.transaction():
            for result, options, seed, run, model, environment in rows:
                self._agree_on_units(result.units)
                point = self._point(options)
                cursor = self._db.execute(
                    "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?)",
                    (result.key, model, point, seed, run, canonical_json(result.metrics)),
                )
                for name in result.counterfactuals:
                    self._db.execute("INSERT OR IGNORE INTO counterfactuals (model, point, name) VALUES (?, ?, ?)",
                                     (model, point, name))  # fmt: skip
                if cursor.rowcount == 1:
                    new += 1
                    self._db.execute(
                        "INSERT INTO provenance VALUES (?, ?, ?, ?, ?)",
                        (result.key, self._environment(environment), result.utc, result.wall_s, json.dumps(result.argv)),
                    )
                else:
                    self._add_metrics(result)
        return new

    def _add_metrics(self, result: Result) -> None:
        text = self._db.execute("SELECT metrics FROM runs WHERE key = ?", (result.key,)).fetchone()[0]
        here = json.loads(text)
        for name in here.keys() & result.metrics.keys():
            if here[name] != result.metrics[name]:
                raise BadInput(f"{self.path}: run {result.key[:12]} gave {name} = {here[name]} before, and now "
                               f"{result.metrics[name]}; one of the two is wrong")  # fmt: skip
        if result.metrics.keys() - here.keys():
            self._db.execute("UPDATE runs SET metrics = ? WHERE key = ?",
                             (canonical_json({**result.metrics, **here}), result.key))  # fmt: skip

    def _agree_on_units(self, units: dict[str, str]) -> None:
        for metric, unit in units.items():
            if self._known_units.get(metric) == unit:
                continue
            self._db.execute("INSERT OR IGNORE INTO units VALUES (?, ?)", (metric, unit))
            here = self._known_units[metric] = self._db.execute(
                "SELECT unit FROM units WHERE metric = ?", (metric,)).fetchone()[0]  # fmt: skip
            if here != unit:
                raise BadInput(f"{self.path}: {metric} is in {here} here, but in {unit} there; they cannot be put together")

    def _point(self, options: dict[str, str]) -> int:
        text = canonical_json(options)
        if text not in self._points:
            self._db.execute("INSERT OR IGNORE INTO points (parameters) VALUES (?)", (text,))
            row = self._db.execute("SELECT id FROM points WHERE parameters = ?", (text,)).fetchone()
            self._points = {text: row[0]}  # runs of a point mostly follow one another
        return self._points[text]

    def _environment(self, environment: tuple[str, ...]) -> int:
        if environment not in self._environments:
            self._db.execute(
                "INSERT OR IGNORE INTO environments (module_commit, dirty, ns3_version, built_with, host, cpu, tool_version) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)", environment)  # fmt: skip
            row = self._db.execute(
                "SELECT id FROM environments WHERE (module_commit, dirty, ns3_version, built_with, host, cpu, tool_version) "
                "= (?, ?, ?, ?, ?, ?, ?)", environment).fetchone()  # fmt: skip
            self._environments[environment] = row[0]
        return self._environments[environment]

    def run(self, key: str) -> Done | None:
        """All about one run; None where it has not succeeded."""
        rows = self._query(
            "SELECT parameters, metrics, rng_seed, rng_run, model, argv, utc, wall_s, module_commit, dirty, ns3_version, built_with, host, "
            "cpu, tool_version FROM runs JOIN points ON points.id = point JOIN provenance USING (key) "
            "JOIN environments ON environments.id = environment WHERE key = ?", (key,))  # fmt: skip
        for options, metrics, seed, run, model, argv, *rest in rows:
            return Done(json.loads(options), json.loads(metrics), seed, run, model, json.loads(argv), *rest)
        return None

    def work(self) -> tuple[int, float]:
        """How many runs are here, and how long they took together [s]."""
        return self._query("SELECT count(*), total(wall_s) FROM provenance")[0]

    def environments(self) -> list[tuple]:
        """(commit, dirty, ns-3, built with, host, CPU, tool version, runs, first and last UTC, work [s]) of each that runs were made in."""
        return self._query(
            "SELECT module_commit, dirty, ns3_version, built_with, host, cpu, tool_version, count(*), min(utc), max(utc), "
            "total(wall_s) FROM provenance JOIN environments ON environments.id = environment GROUP BY environment ORDER BY 9, 1"
        )

    def example(self) -> list[str]:
        """How one of the runs was started."""
        return json.loads(self._query("SELECT argv FROM provenance ORDER BY key LIMIT 1")[0][0])

    def find(self, prefix: str) -> str:
        """The one key, of a run or an attempt, that begins so."""
        keys = self._query("SELECT key FROM runs WHERE substr(key, 1, ?1) = ?2 UNION SELECT key FROM attempts WHERE "
                          "substr(key, 1, ?1) = ?2 LIMIT 2", (len(prefix), prefix))  # fmt: skip
        if len(keys) != 1:
            what = "is no key of a run" if not keys else "begins more than one key"
            raise BadInput(f"{prefix!r} {what} in {self.path}; '{LAB} sweep ls' lists them")
        return keys[0][0]

    # ---- failures

    def fail(self, result: Result) -> None:
        """Notes a failed attempt; what it said goes into a file."""
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO attempts (key, utc, host, kind, code, message, stderr, argv) VALUES (?, ?, ?, ?, ?, ?, '', ?)",
                (result.key, result.utc, result.host, result.failure, result.code, result.message, json.dumps(result.argv)),
            )
            file = self.folder / "failed" / f"{result.key[:16]}-{cursor.lastrowid}.txt"
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(result.stderr, encoding="utf-8", errors="replace")
            except OSError as problem:
                raise CannotWrite(f"{file}: {problem.strerror}") from None
            self._db.execute("UPDATE attempts SET stderr = ? WHERE id = ?", (file.name, cursor.lastrowid))

    def attempts(self, key: str) -> list[Attempt]:
        """All of one run that failed, the first before the others."""
        rows = self._query("SELECT utc, host, message, stderr, argv FROM attempts WHERE key = ? ORDER BY id", (key,))
        return [Attempt(utc, host, message, self._stderr_file(name), json.loads(argv)) for utc, host, message, name, argv in rows]

    def _stderr_file(self, name: str) -> Path:
        return self.folder / "failed" / name

    def failed(self) -> list[tuple]:
        """(key, kind, code, message, attempts) of each run that only failed; of several attempts the last."""
        return self._query(
            "SELECT key, kind, code, message, count(*), max(id) FROM attempts "
            "WHERE key NOT IN (SELECT key FROM runs) GROUP BY key ORDER BY key"
        )

    # ---- merging and cleaning

    def merge(self, other: "Store", accept_build: bool) -> int:
        """Takes everything over from another store; returns how many runs were new."""
        here = set(self.models())
        strange = [model for model in other.models() if here and model not in here]
        if strange and not accept_build:
            raise BadInput(f"{other.path}: holds runs of model {strange[0][:12]}, which {self.path} does not; "
                           "--accept-build keeps runs of both")  # fmt: skip
        units = self.units()
        for metric, unit in other.units().items():
            if units.get(metric, unit) != unit:
                raise BadInput(f"{metric} is in {units[metric]} in {self.path}, but in {unit} in {other.path}; "
                               "they cannot be put together")  # fmt: skip
        rows = other._query(
            "SELECT key, model, parameters, rng_seed, rng_run, metrics, utc, wall_s, argv, module_commit, dirty, ns3_version, "
            "built_with, host, cpu, tool_version FROM runs JOIN points ON points.id = point JOIN provenance USING (key) "
            "JOIN environments ON environments.id = environment ORDER BY point, key"
        )
        unlike = other.counterfactuals()
        new = self.insert(
            (Result(r[0], json.loads(r[5]), {m: u for m, u in other.units().items() if m in json.loads(r[5])},
                    unlike.get(r[0], []), r[7], r[6], argv=json.loads(r[8])), json.loads(r[2]), r[3], r[4], r[1], tuple(r[9:]))
            for r in rows
        )  # fmt: skip
        with self.transaction():
            for model, program, description in other._query("SELECT model, program, description FROM builds ORDER BY added"):
                self._db.execute("INSERT OR IGNORE INTO builds SELECT ?, ?, ?, coalesce(max(added), 0) + 1 FROM builds",
                                 (model, program, description))  # fmt: skip
            for name, text in reversed(other.sweeps()):
                self._db.execute("INSERT OR IGNORE INTO sweeps SELECT ?, ?, coalesce(max(added), 0) + 1 FROM sweeps",
                                 (text, name))  # fmt: skip
        for r in other._query("SELECT key, utc, host, kind, code, message, stderr, argv FROM attempts ORDER BY id"):
            stderr = other._stderr_file(r[6])
            said = stderr.read_text(errors="replace") if stderr.is_file() else ""
            if not self._query("SELECT 1 FROM attempts WHERE (key, utc, host, kind) = (?, ?, ?, ?)", r[:4]):
                self.fail(Result(r[0], utc=r[1], host=r[2], failure=r[3], code=r[4], message=r[5], stderr=said,
                                 argv=json.loads(r[7])))  # fmt: skip
        return new

    def collect_garbage(self) -> tuple[int, int]:
        """Forgets failed attempts of runs that succeeded since, and files nobody owns; returns both counts."""
        with self.transaction():
            attempts = self._db.execute("DELETE FROM attempts WHERE key IN (SELECT key FROM runs)").rowcount
        owned = {row[0] for row in self._query("SELECT stderr FROM attempts")}
        done = self.done()
        files = 0
        for file in self.folder.glob("failed/*"):
            if file.name not in owned:
                file.unlink()
                files += 1
        for run in self.folder.glob("runs/*"):
            if run.name not in done:
                import shutil

                shutil.rmtree(run)
                files += 1
        with refusals(self.path):
            self._db.execute("VACUUM")
        return attempts, files


def commit_of(folder: Path) -> tuple[str, str]:
    """The commit of the module and whether it was changed since; `unknown` without git, or where git knows another
    project, in whose folder this one only stands."""

    def git(*words: str) -> str:
        command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "CITATION.cff")
        return git("rev-parse", "HEAD"), "dirty" if git("status", "--porcelain", "--untracked-files=no") else "clean"
    except (OSError, subprocess.SubprocessError):
        return "unknown", "unknown"


def now_utc() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
