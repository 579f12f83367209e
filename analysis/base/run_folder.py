"""Reading a run folder, with every check in one place. The contract is doc/run-folder.rst."""

from __future__ import annotations

import json
import math
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .colours import STATES
from .errors import BadInput
from .times import MOST_S, time_ns
from .words import shortened, shown

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 2
CHUNK_ROWS = 250_000

COLUMNS = {
    "transitions": "time_s,host,connection,local,remote,from,to,transition,cause".split(","),
    "segments": "time_s,host,connection,event,packet,local,remote,flags,seq,ack,len,window,options,reason,where".split(","),
    "occupancy": ["time_s", "host", *STATES[1:], "syn_queue", "accept_queue"],
    "connections": (
        "host,connection,local,remote,role,opened_s,established_s,closed_s,reason,"
        "octets_sent,octets_received,retransmissions,closed_first"
    ).split(","),
    "timers": "time_s,host,connection,local,remote,timer,event,expires_s".split(","),
}
RULES = "rules"  # a column of segments.csv where it was asked for
TIMES = {"time_s", "opened_s", "established_s", "closed_s", "expires_s"}
INTEGERS = {"connection", "packet", "seq", "ack", "len", "window", "syn_queue", "accept_queue", *STATES}
INTEGERS |= {"octets_sent", "octets_received", "retransmissions"}
MAY_BE_EMPTY = {"ack", "established_s", "closed_s", "expires_s"}
MAY_BE_EMPTY_TEXT = {"cause", "flags", "options", "reason", "where", RULES}
# What ns-3's own TCP does not tell.
STOCK_LACKS = {"transition", "octets_sent", "octets_received", "retransmissions", "closed_first"}
# What a column may hold; "" where a stack does not tell.
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "transitions": {"from": STATES, "to": STATES},
    "segments": {"event": ("tx", "rx", "drop", "lost", "delay", "dup", "corrupt")},
    "connections": {"role": ("active", "passive", "listener"), "closed_first": ("self", "peer", "both", "none", "")},
    "timers": {
        "timer": ("user-timeout", "retransmission", "keepalive", "delayed-ack", "time-wait", "fin-wait-2"),
        "event": ("armed", "restarted", "stopped", "expired"),
    },
}
FLAGS = "SFRP.UEW"
NO_FLAGS = "none"
MOST = dict.fromkeys(("seq", "ack", "len", "window"), 2**32 - 1)
MOST_OF_ANYTHING = 2**53 - 1  # still exact as a floating-point number
LONGEST_TEXT = 10_000  # characters of a field
LONGEST_LINE = 10_000  # octets of a header
METRIC_NUMBERS = {"value", "from_s", "to_s"}
MANIFEST_KEYS = {
    "program": str,
    "stacks": list,
    "rng-seed": int,
    "rng-run": int,
    "parameters": dict,
    "changed": list,
    "input-files": dict,
    "hosts": list,
    "record": list,
    "end_s": (int, float),
}
TEXTS = {"module-version", "ns3-version"}  # keys that may be missing
TCPS = ("lifecycle", "stock", "none")  # this module's, ns-3's own, and none at all


class RunFolder:
    """One run folder. Files are read when asked for, and each problem is a BadInput."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise BadInput(f"{path}: no such folder; expected a run folder, which holds manifest.json")
        if (path / "unfinished").exists():
            raise BadInput(f"{path}: the run is unfinished; it goes on, or it was killed and its tables may be cut")
        self.manifest = manifest_of(path / "manifest.json")

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def beside(self, ending: str) -> Path:
        """A file beside the folder that is named as the folder, and then `ending`."""
        return self.path.resolve().with_name(self.name + ending)

    @property
    def end_s(self) -> float:
        """Simulated end of the run [s]."""
        return float(self.manifest["end_s"])

    @property
    def hosts(self) -> list[dict[str, Any]]:
        return self.manifest["hosts"]

    def stacks(self) -> dict[str, dict[str, Any]]:
        """The stack of each host that has TCP, by name."""
        found = {host["name"]: self.manifest["stacks"][host["stack"]] for host in self.hosts}
        return {name: stack for name, stack in found.items() if stack["tcp"] != "none"}

    def columns(self, what: str) -> list[str]:
        """The columns of ``what.csv``."""
        return COLUMNS[what] + ([RULES] if what == "segments" and RULES in self.manifest["record"] else [])

    @property
    def average_s(self) -> tuple[float, float] | None:
        """The steady interval over which time averages are taken [s]; None: the whole run."""
        average = self.manifest.get("average")
        return None if average is None else (float(average["from_s"]), float(average["to_s"]))

    def recorded(self, what: str) -> bool:
        """Whether the run recorded `what`. A file that should be there and is not is an error."""
        present = (self.path / f"{what}.csv").is_file()
        if not present and what in self.manifest["record"]:
            raise BadInput(
                f"{self.path / what}.csv: no such file, though manifest.json says that {what} were recorded"
            )
        return present

    def table(self, what: str, columns: list[str] | None = None) -> "pd.DataFrame":
        """All rows of ``what.csv``; only `columns` where given."""
        import pandas as pd

        chunks = list(self.chunks(what, columns))
        # Concatenating categories that differ would give objects anyway, so say it once here.
        return pd.concat(chunks, ignore_index=True) if len(chunks) > 1 else chunks[0]

    def chunks(self, what: str, columns: list[str] | None = None) -> Iterator["pd.DataFrame"]:
        """The rows of ``what.csv`` in pieces of bounded size, so that a large file fits in memory."""
        import pandas as pd

        file = self.path / f"{what}.csv"
        present = self.columns(what)
        check_header(file, present)
        wanted = columns or present
        lacking = STOCK_LACKS if any(stack["tcp"] == "stock" for stack in self.stacks().values()) else set()
        # Every column is parsed, wanted or not, because a short row only shows in its last column.
        options: dict[str, Any] = {
            "dtype": {name: _dtype(name) for name in present},
            "keep_default_na": False,
            "na_values": {name: [""] for name in MAY_BE_EMPTY | TIMES | INTEGERS},
            "index_col": False,
            "chunksize": CHUNK_ROWS,
        }
        line = 2
        previous_s = float("-inf")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                warnings.simplefilter("error", RuntimeWarning)  # of a number that does not fit
                for chunk in pd.read_csv(file, **options):
                    _check_complete(file, chunk, line, lacking)
                    _check_values(file, chunk, line)
                    if "time_s" in chunk and len(chunk):
                        if chunk["time_s"].iloc[0] < previous_s or not chunk["time_s"].is_monotonic_increasing:
                            raise BadInput(f"{file}: time_s goes backwards; expected it never to decrease")
                        previous_s = chunk["time_s"].iloc[-1]
                    line += len(chunk)
                    yield chunk[wanted]
        except (ValueError, TypeError, OverflowError, RuntimeWarning, pd.errors.ParserWarning) as problem:
            detail = shortened(" ".join(str(problem).split()), 200)
            raise BadInput(
                f"{file}: cannot be read as CSV with the columns {','.join(present)} ({detail})"
            ) from problem

    def metrics(self) -> list[dict[str, Any]]:
        """The metrics of ``summary.json``; none where the file is absent."""
        file = self.path / "summary.json"
        if not file.exists():
            return []
        summary = _json_object(file)
        _check_schema(file, summary)
        metrics = summary.get("metrics")
        if not isinstance(metrics, list) or not all(isinstance(m, dict) and {"name", "meaning", "value"} <= m.keys() for m in metrics):
            raise BadInput(f"{file}: expected a list of objects with name, value and meaning under \"metrics\"")
        for metric in metrics:
            if not _are_texts([metric["name"], metric.get("host", ""), metric["meaning"]]):
                raise BadInput(f"{file}: name, host and meaning of a metric must be texts, unlike {shown(metric)}")
            for key in METRIC_NUMBERS & metric.keys():
                if not is_number(metric[key]):
                    raise BadInput(f"{file}: {key} of {metric['name']} is {shown(metric[key])}; expected a number")
        return metrics

    def options(self) -> dict[str, Any]:
        """The options in force as closed forms see them: times in seconds, numbers, truths, texts; under ``stack`` the TCP of
        all hosts, or ``mixed``."""
        values = {name: _value(text) for name, text in self.manifest["parameters"].items()}
        tcps = sorted({stack["tcp"] for stack in self.stacks().values()}) or ["none"]
        stack = tcps[0] if len(tcps) == 1 else "mixed"
        return values | {"stack": stack, "interrupted": bool(self.manifest.get("interrupted"))}


def _value(text: str) -> Any:
    """What an option is, by its looks: the folder does not tell its type."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[0-9]{1,18}", text):
        return int(text)
    ns = time_ns(text)
    number = _number(text) if ns is None else ns / 1e9
    return number if math.isfinite(number) else text


def _number(text: Any) -> float:
    """The number that `text` says; nan if it says none."""
    try:
        return float(text)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def is_number(value: Any) -> bool:
    """Whether a value out of JSON is a number that can be drawn."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _json_object(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file; every run folder holds one") from None
    except OSError as problem:
        raise BadInput(f"{file}: cannot be read ({problem.strerror})") from None
    except UnicodeEncodeError:
        raise BadInput(f"{file}: holds half a surrogate pair, which is no character") from None
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"{file}: not valid JSON ({problem}); was the run cut short?") from None
    if not isinstance(value, dict):
        raise BadInput(f"{file}: expected one JSON object")
    return value


def _check_schema(file: Path, value: dict[str, Any]) -> None:
    schema = value.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise BadInput(f"{file}: expected an integer \"schema\", now {SCHEMA}")
    if schema > SCHEMA:
        raise BadInput(f"{file}: schema {schema} is newer than this analysis, which reads schema {SCHEMA}; update it")
    if schema < SCHEMA:
        raise BadInput(f"{file}: schema {schema} is older than this analysis, which reads schema {SCHEMA}; run it again")


def manifest_of(file: Path) -> dict[str, Any]:
    """What a manifest says; a BadInput unless it is as doc/run-folder.rst has it."""
    manifest = _json_object(file)
    _check_schema(file, manifest)
    for key, kind in MANIFEST_KEYS.items():
        value = manifest.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadInput(f"{file}: key \"{key}\" is missing or of the wrong type")
    for key in TEXTS:
        if not isinstance(manifest.get(key, ""), str):
            raise BadInput(f"{file}: key \"{key}\" is of the wrong type; expected a text")
    if not 0 <= manifest["end_s"] <= MOST_S:
        raise BadInput(f"{file}: end_s is {shown(manifest['end_s'])}; expected a time in seconds")
    for key, of in (("changed", "options"), ("record", "what was recorded")):
        if not _are_texts(manifest[key]):
            raise BadInput(f"{file}: key \"{key}\" is of the wrong type; expected a list of names of {of}")
    if not _are_texts(list(manifest["parameters"].values())):
        raise BadInput(f"{file}: each of \"parameters\" needs a value, which is a text")
    if not _are_texts(list(manifest["input-files"].values())):
        raise BadInput(f"{file}: each of \"input-files\" needs a hash, which is a text")
    for stack in manifest["stacks"]:
        if problem := _wrong_in_stack(stack):
            raise BadInput(f"{file}: each of \"stacks\" needs {problem}, unlike {shown(stack)}")
    for host in manifest["hosts"]:
        if not isinstance(host, dict) or not _are_texts([host.get("name"), host.get("role")]) or not _are_texts(host.get("addresses")):
            raise BadInput(f"{file}: each of \"hosts\" needs name and role, which are texts, and a list of addresses")
        if type(host.get("stack")) is not int or not 0 <= host["stack"] < len(manifest["stacks"]):
            raise BadInput(f"{file}: stack of host {shown(host['name'])} is {shown(host.get('stack'))}; expected the place of one "
                           "in \"stacks\", from 0")  # fmt: skip
    if not _is_interval(manifest.get("average", {"from_s": 0, "to_s": 1})):
        raise BadInput(f"{file}: average is {shown(manifest['average'])}; expected from_s and to_s, times in seconds, the first earlier")
    return manifest


def _wrong_in_stack(stack: Any) -> str:
    """What `stack` lacks; empty where it is as it should be."""
    if not isinstance(stack, dict) or stack.get("tcp") not in TCPS:
        return f"tcp, which is one of {', '.join(TCPS)}"
    if stack["tcp"] == "lifecycle" and not isinstance(stack.get("preset"), str):
        return "a preset, which is a text"
    attributes = stack.get("attributes")
    if not isinstance(attributes, dict) or not _are_texts(list(attributes.values())):
        return "attributes, whose values are texts"
    if not _are_texts(stack.get("changed")) or not set(stack["changed"]) <= attributes.keys():
        return "changed, a list of names of attributes"
    if not _are_texts(stack.get("counterfactuals")):
        return "counterfactuals, a list of names"
    if stack["tcp"] != "none" and not (is_number(stack.get("time-wait_s")) and 0 <= stack["time-wait_s"] <= MOST_S):
        return "time-wait_s, a time in seconds"
    return ""


def _is_interval(value: Any) -> bool:
    """Whether it is an object with two times [s], the first earlier."""
    ends = [value.get("from_s"), value.get("to_s")] if isinstance(value, dict) else [None]
    return all(map(is_number, ends)) and 0 <= ends[0] < ends[1] <= MOST_S


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def check_header(file: Path, expected: list[str]) -> None:
    """A BadInput unless the table has these columns and a whole last line."""
    try:
        with file.open("rb") as stream:
            header = stream.readline(LONGEST_LINE).decode("utf-8")
            size = stream.seek(0, 2)
            stream.seek(max(0, size - 1))
            last = stream.read(1)
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file; expected columns {','.join(expected)}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file}: not UTF-8 text; expected columns {','.join(expected)}") from None
    if not header:
        raise BadInput(f"{file}: empty; expected at least the header line {','.join(expected)}")
    names = header.rstrip("\n").split(",")
    if names != expected:
        unknown = [name for name in names if name not in expected]
        missing = [name for name in expected if name not in names]
        what = [f"unknown column {shortened(', '.join(map(repr, unknown)))}"] if unknown else []
        what += [f"missing column {', '.join(missing)}"] if missing else []
        problem = " and ".join(what) or "columns out of order"
        raise BadInput(f"{file}: {problem}; expected {','.join(expected)}")
    if last != b"\n":
        raise BadInput(f"{file}: truncated: the last line has no line end; was the run cut short?")


def _dtype(column: str) -> str:
    if column in TIMES:
        return "float64"
    if column in INTEGERS:
        return "Int64" if column in MAY_BE_EMPTY | STOCK_LACKS else "int64"
    return "str"


def _check_complete(file: Path, chunk: "pd.DataFrame", first_line: int, lacking: set[str]) -> None:
    required = chunk[[name for name in chunk if name not in MAY_BE_EMPTY | lacking]]
    text = [name for name in required if _dtype(name) == "str" and name not in MAY_BE_EMPTY_TEXT]
    bad = (required.isna().any(axis=1) | (required[text] == "").any(axis=1)).to_numpy()
    if bad.any():
        raise BadInput(
            f"{file}: the row at line {first_line + int(bad.argmax())} is incomplete; "
            f"expected {len(chunk.columns)} fields"
        )


def _check_values(file: Path, chunk: "pd.DataFrame", first_line: int) -> None:
    for column in chunk:
        values = chunk[column].dropna()
        most = MOST_S if column in TIMES else MOST.get(column, MOST_OF_ANYTHING)
        if column in TIMES | INTEGERS:
            wrong = ~values.between(0, most)
            allowed = f"a {'time' if column in TIMES else 'whole number'} from 0 to {most:.0f}"
        else:
            fits, allowed = _fitting_text(file.stem, column)
            wrong = values.isin([text for text in values.unique() if not fits(text)])
        if wrong.any():
            at = wrong.idxmax()
            raise BadInput(f"{file}, line {first_line + at - chunk.index[0]}: {column} is {shown(values[at])}; "
                           f"expected {allowed}")  # fmt: skip


def _fitting_text(table: str, column: str) -> tuple[Callable[[str], bool], str]:
    """Whether a text may stand in a column, and what may, in words."""
    words = WORDS.get(table, {}).get(column)
    if words:
        return words.__contains__, f"one of {', '.join(filter(None, words))}"
    if column == "flags":
        return lambda text: text == NO_FLAGS or set(FLAGS).issuperset(text), f"letters of {FLAGS}, or {NO_FLAGS}"
    return lambda text: len(text) <= LONGEST_TEXT, f"at most {LONGEST_TEXT} characters"
