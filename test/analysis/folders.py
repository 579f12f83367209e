"""Small run folders, written by hand in the format of doc/run-folder.rst."""

from __future__ import annotations

import json
from pathlib import Path

TRANSITIONS = "time_s,host,connection,local,remote,from,to,transition,cause\n"
SEGMENTS = "time_s,host,connection,event,packet,local,remote,flags,seq,ack,len,window,options,reason,where\n"
TIMERS = "time_s,host,connection,local,remote,timer,event,expires_s\n"
OCCUPANCY = (
    "time_s,host,LISTEN,SYN-SENT,SYN-RECEIVED,ESTABLISHED,FIN-WAIT-1,FIN-WAIT-2,CLOSE-WAIT,CLOSING,LAST-ACK,"
    "TIME-WAIT,syn_queue,accept_queue\n"
)
CONNECTIONS = (
    "host,connection,local,remote,role,opened_s,established_s,closed_s,reason,octets_sent,octets_received,"
    "retransmissions,closed_first\n"
)
C = "10.1.0.1:49152"
S = "10.1.0.2:80"
ISN = {"client-1": 4_294_967_200, "server": 1_000_000}  # the client's numbers wrap during the transfer
FLIGHT_NS = 20_000_000


def seconds(ns: int) -> str:
    return f"{ns // 10**9}.{ns % 10**9:09d}"


def manifest(**changes) -> dict:
    base = {
        "schema": 2,
        "program": "lifecycle-run",
        "module-version": "0.1.0",
        "ns3-version": "3.37",
        "stacks": [stack()],
        "rng-seed": 1,
        "rng-run": 1,
        "parameters": {"msl": "30s", "delay": "20ms", "rate": "10Mbps", "rto-initial": "1s"},
        "changed": ["msl"],
        "input-files": {},
        "hosts": [host("server", "10.1.0.2"), host("client-1", "10.1.0.1")],
        "record": ["transitions", "segments"],
        "end_s": 70.0,
    }
    return {key: value for key, value in (base | changes).items() if (key, value) != ("average", None)}


def stack(tcp: str = "lifecycle", **changes) -> dict:
    """A configuration of TCP; its preset is rfc9293 unless `changes` say otherwise."""
    base = {"tcp": tcp, "attributes": {}, "changed": [], "counterfactuals": []}
    if tcp == "lifecycle":
        base |= {"preset": "rfc9293", "attributes": {"Msl": "30s", "KeepAlive": "false"}, "changed": ["Msl"], "time-wait_s": 60.0}
    if tcp == "stock":
        base |= {"attributes": {"SegmentSize": "536"}, "time-wait_s": 240.0}
    return base | changes


def host(name: str, *addresses: str, role: str = "", stack: int = 0) -> dict:
    """A host; its role follows from its name."""
    return {"name": name, "role": role or name.partition("-")[0], "addresses": list(addresses), "stack": stack}


STOCK = {"stacks": [stack("stock")]}


class Writer:
    """Collects rows and writes a folder; times in nanoseconds."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[int, int, str]]] = {"transitions": [], "segments": [], "timers": []}
        self.packets = 0
        self.count = 0

    def _add(self, what: str, ns: int, text: str) -> None:
        self.count += 1
        self.rows[what].append((ns, self.count, f"{seconds(ns)},{text}\n"))

    def change(self, ns: int, host: str, before: str, after: str, transition: str, cause: str, number: int = 1) -> None:
        ends = f"{C},{S}" if host == "client-1" else f"{S},{C}"
        if number == 0:
            ends, number = f"{S},*", 1
        elif host == "server":
            number = 2
        self._add("transitions", ns, f"{host},{number},{ends},{before},{after},{transition},{cause}")

    def send(self, ns, host, flags, seq, ack=None, length=0, reason="new", fate="rx", flight=FLIGHT_NS, options="",
             dup_flight=None, drop=None, why="rule: drop", where="link"):  # fmt: skip
        """`why` and `where` are of what is lost."""
        self.packets += 1
        peer = "server" if host == "client-1" else "client-1"
        mine, theirs = (f"{C},{S}", f"{S},{C}") if host == "client-1" else (f"{S},{C}", f"{C},{S}")
        absolute = (ISN[host] + seq) % 2**32
        acked = "" if ack is None else (ISN[peer] + ack) % 2**32
        rest = f"{flags},{absolute},{acked},{length},65535,{options},"

        def row(at, who, event, why, where=""):
            number = 1 if who == "client-1" else 2
            ends = mine if who == host else theirs
            self._add("segments", at, f"{who},{number},{event},{self.packets},{ends},{rest}{why},{where}")

        row(ns, host, "tx", reason)
        if fate == "lost":
            row(ns, host, "lost", why, where)
        if fate in ("held", "held for good"):
            row(ns, host, "delay", "rule: delay", "link")
        if dup_flight:
            row(ns, host, "dup", "rule: duplicate", "link")
        if fate in ("rx", "held"):
            row(ns + flight, peer, "rx", "")
            if drop:
                row(ns + flight, peer, "drop", drop)
        if dup_flight:
            row(ns + dup_flight, peer, "rx", "")
            row(ns + dup_flight, peer, "drop", "old duplicate")

    def timer(self, ns: int, host: str, timer: str, event: str, expires_ns: int | None = None) -> None:
        ends, number = (f"{C},{S}", 1) if host == "client-1" else (f"{S},{C}", 2)
        self._add("timers", ns, f"{host},{number},{ends},{timer},{event},{'' if expires_ns is None else seconds(expires_ns)}")

    def write(self, path: Path, **changes) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        (path / "manifest.json").write_text(json.dumps(manifest(**changes)))
        for what, header in (("transitions", TRANSITIONS), ("segments", SEGMENTS), ("timers", TIMERS)):
            if self.rows[what] or what != "timers":
                (path / f"{what}.csv").write_text(header + "".join(text for _, _, text in sorted(self.rows[what])))
        return path


def lifecycle(path: Path, **changes) -> Path:
    """A lost SYN, a lost data segment, reordering, a duplicate, and a lost last ACK that restarts TIME-WAIT."""
    w = Writer()
    ms = 1_000_000
    s = 1000 * ms
    w.change(0, "server", "CLOSED", "LISTEN", "T01", "passive OPEN", number=0)
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(0, "client-1", "S", 0, options="mss 1460", fate="lost")
    w.send(s, "client-1", "S", 0, options="mss 1460", reason="retransmission")
    t = s + 20 * ms
    w.change(t, "server", "LISTEN", "SYN-RECEIVED", "T03", "seg SYN")
    w.send(t, "server", "S.", 0, 1, options="mss 1460")
    t += 20 * ms
    w.change(t, "client-1", "SYN-SENT", "ESTABLISHED", "T08", "seg SYN+ACK")
    w.send(t, "client-1", ".", 1, 1, reason="ack")
    w.send(t, "client-1", "P.", 1, 1, 100, fate="lost")
    w.send(t + ms, "client-1", "P.", 101, 1, 100, flight=26 * ms)
    w.send(t + 2 * ms, "client-1", "P.", 201, 1, 50, dup_flight=33 * ms)
    w.change(t + 20 * ms, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    w.send(t + 22 * ms, "server", ".", 1, 1, reason="ack")
    w.send(t + 27 * ms, "server", ".", 1, 1, reason="ack")
    w.send(t + 35 * ms, "server", ".", 1, 1, reason="ack")
    t += s
    w.send(t, "client-1", "P.", 1, 1, 100, reason="retransmission")
    w.send(t + 20 * ms, "server", ".", 1, 251, reason="ack")
    t += 60 * ms
    w.change(t, "client-1", "ESTABLISHED", "FIN-WAIT-1", "T21", "CLOSE / shutdown(WR)")
    w.send(t, "client-1", "F.", 251, 1)
    t += 20 * ms
    w.change(t, "server", "ESTABLISHED", "CLOSE-WAIT", "T22", "seg FIN")
    w.send(t, "server", ".", 1, 252, reason="ack")
    w.change(t + 20 * ms, "client-1", "FIN-WAIT-1", "FIN-WAIT-2", "T24", "seg ACK")
    t += 30 * ms
    w.change(t, "server", "CLOSE-WAIT", "LAST-ACK", "T23", "CLOSE / shutdown(WR)")
    w.send(t, "server", "F.", 1, 252)
    w.change(t + 20 * ms, "client-1", "FIN-WAIT-2", "TIME-WAIT", "T27", "seg FIN")
    w.timer(t + 20 * ms, "client-1", "time-wait", "armed", t + 20 * ms + 60 * s)
    w.send(t + 20 * ms, "client-1", ".", 252, 2, reason="ack", fate="lost")
    t += s
    w.send(t, "server", "F.", 1, 252, reason="retransmission")
    w.timer(t + 20 * ms, "client-1", "time-wait", "restarted", t + 20 * ms + 60 * s)
    w.send(t + 20 * ms, "client-1", ".", 252, 2, reason="ack")
    w.change(t + 40 * ms, "server", "LAST-ACK", "CLOSED", "T29", "seg ACK")
    w.timer(t + 20 * ms + 60 * s, "client-1", "time-wait", "expired")
    w.change(t + 20 * ms + 60 * s, "client-1", "TIME-WAIT", "CLOSED", "T30", "timer 2MSL")
    return w.write(path, **changes)


def occupancy(path: Path, run: int = 1, rate_per_s: int = 20, **changes) -> Path:
    """A server that closes first at `rate_per_s`, TIME-WAIT of 20 s, 120 s long; arrivals from a toy generator."""
    path.mkdir(parents=True, exist_ok=True)
    state, at, closes = run * 7919 + 1, 0.0, []
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        at += 2 * (state / 2**31) / rate_per_s
        if at >= 120:
            break
        closes.append(at)
    events = sorted([(t, 1) for t in closes] + [(t + 20, -1) for t in closes if t + 20 < 120])
    rows, held = [], 0
    for t, step in events:
        held += step
        rows.append(f"{t:.9f},server,1,0,0,0,0,0,0,0,0,{held},0,0\n")
    rows.append("120.000000000,client-1,0,0,0,0,0,0,0,0,0,0,0,0\n")
    rows.append(f"120.000000000,server,1,0,0,0,0,0,0,0,0,{held},0,0\n")
    (path / "occupancy.csv").write_text(OCCUPANCY + "".join(rows))
    settings = {"parameters": {"msl": "10s", "arrival-rate": f"{rate_per_s}/s"}, "record": ["occupancy"]}
    settings |= {"stacks": [stack(**{"time-wait_s": 20.0})], "average": {"from_s": 20, "to_s": 120}}
    settings |= {"end_s": 120.0, "rng-run": run} | changes
    (path / "manifest.json").write_text(json.dumps(manifest(**settings)))
    metric = {"name": "time-wait-mean", "host": "server", "unit": "connections", "value": 399.0}
    metric |= {"from_s": 20, "to_s": 120, "meaning": "time average of this host's connections in TIME-WAIT"}
    (path / "summary.json").write_text(json.dumps({"schema": 2, "metrics": [metric]}))
    return path


def tables(path: Path) -> Path:
    """A small folder with every table."""
    lifecycle(path, record=["transitions", "segments", "rules", "timers", "occupancy", "connections"], end_s=70.0,
                      average={"from_s": 10, "to_s": 60}, **{"input-files": {"delays.txt": "fnv1a-64:0"}},
                      stacks=[stack(), stack("none")])  # fmt: skip
    header, *rows = (path / "segments.csv").read_text().splitlines()
    (path / "segments.csv").write_text("\n".join([header + ",rules", *(row + (",P25 P30" if ",rx," in row else ",") for row in rows)]) + "\n")
    rows = [f"{t},{host},0,0,0,{n},0,0,0,0,0,{w},0,0\n" for t, host, n, w in
            [("1.0", "server", 1, 0), ("2.0", "client-1", 0, 1), ("70.0", "server", 0, 0), ("70.0", "client-1", 0, 1)]]  # fmt: skip
    (path / "occupancy.csv").write_text(OCCUPANCY + "".join(rows))
    (path / "connections.csv").write_text(
        CONNECTIONS + f"client-1,1,{C},{S},active,0.0,1.04,5.0,crash,250,0,2,self\n"
        f"server,2,{S},{C},passive,1.02,1.06,,open,0,250,1,peer\n"
        f"server,1,{S},*,listener,0.0,,,open,0,0,0,none\n"
    )
    names = {"time-wait-mean": 1.0, "connections-opened": 1, "opens-failed": 0}
    metrics = [{"name": name, "host": host, "unit": "connections", "value": value, "from_s": 0, "to_s": 70, "meaning": "it is so"}
               for name, value in names.items() for host in ("client-1", "server")]  # fmt: skip
    (path / "summary.json").write_text(json.dumps({"schema": 2, "metrics": metrics}))
    return path


def edit(file: Path, old: str, new: str) -> None:
    """Replaces the first `old` in a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def change_manifest(folder: Path, **changes) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def figure_of(name: str, *paths: Path, **changes):
    """As `plot` draws it with such options."""
    from analysis.base.run_folder import RunFolder
    from analysis.figures.method.figure import drawn, options

    return drawn(name, [RunFolder(path) for path in paths], options(**changes), [])


def texts_of(axes) -> str:
    """All that is written in axes, however the lines are broken."""
    return " ".join(" ".join(text.get_text().split()) for text in axes.texts)


def without(folder: Path, *tables: str) -> Path:
    """The same folder as if these had not been recorded."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change_manifest(folder, record=[what for what in manifest["record"] if what not in tables])
    for table in tables:
        (folder / f"{table}.csv").unlink()
    return folder
