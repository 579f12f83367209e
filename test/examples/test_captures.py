"""Captures: what cannot be read is refused in one sentence; a ladder of one claims no state that the run did not have; pcapng tells at each
packet what the tables do; Mermaid and PlantUML get the whole story."""

from __future__ import annotations

import csv
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from programs import ROOT, needs_tshark, run

pytestmark = needs_tshark
RECORD = "--record=transitions,segments,rules,pcap"
LAST_ACK = "--rules=client->server: drop 1st SYN; client->server: drop 1st data; client->server: drop 3rd ACK"


def lab(*arguments: object, status: int = 0, **variables: str) -> tuple[str, str]:
    """Standard output and standard error."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", **variables}
    done = subprocess.run([sys.executable, "-P", "-m", "analysis", *map(str, arguments)], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def life(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("capture") / "life"
    assert run(f"--output={folder}", RECORD, LAST_ACK, "--quiet").returncode == 0
    return folder


# ---- what is refused


def pcap_of(*packets: bytes, link: int = 101) -> bytes:
    """A capture of IP packets, one a second."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack("<IIII", i, 0, len(p), len(p)) + p for i, p in enumerate(packets))


UDP = bytes.fromhex("4500001c000000004011000000000000") + bytes(4) + bytes.fromhex("0035003500080000")


@pytest.mark.parametrize(("content", "words"), [
    (b"", "holds no TCP packet that can be read|cannot be read as a capture"),
    (b"\xd4\xc3\xb2\xa1\x02\x00", "holds no TCP packet that can be read"),
    (b"time,host\n1,2\n", "cannot be read as a capture"),
    (pcap_of(), "holds no TCP packet that can be read; expected a capture"),
    (pcap_of(UDP, UDP), "holds no TCP packet that can be read; expected a capture"),
    (pcap_of(UDP)[:-5], r"holds no TCP packet that can be read \(it is cut short\)"),
    (pcap_of(bytes.fromhex("45000028000000004006") + bytes(10)), "holds no TCP packet"),  # the header alone
])  # fmt: skip
def test_what_is_no_capture_of_tcp_is_refused(tmp_path, content, words):
    file = tmp_path / "some.pcap"
    file.write_bytes(content)
    out, err = lab("ladder", file, status=2)
    assert out == "" and len(err.splitlines()) == 1
    assert re.search(words, err) and str(file) in err


def test_bad_options_of_a_ladder(life, tmp_path):
    file = life / "client.pcap"
    for arguments, words in (
        (["--connection", "2"], "--connection 2 is not in the capture; allowed is a whole number from 1 to 1"),
        (["--connection", "client:1"], "--connection client:1 is not in the capture"),
        (["--interval", "1000:"], "has no packet in the chosen interval; expected seconds since the first packet of the file"),
        (["--rules"], "--rules is not allowed, because a capture does not tell by which rules"),
        (["--format=dot"], "invalid choice: 'dot'"),
    ):
        assert words in lab("ladder", file, *arguments, status=2)[1]
    assert "no such folder" in lab("ladder", tmp_path / "none.pcap", status=2)[1]
    assert "read by tshark, which is missing; on Debian 'apt-get install tshark'" in lab("ladder", file, status=2, PATH=str(tmp_path))[1]


def test_bad_folders_of_pcapng(life, tmp_path):
    bare = tmp_path / "bare"
    assert run(f"--output={bare}", "--record=transitions,pcap", "--quiet").returncode == 0
    assert "segments were not recorded; run it again with --record=transitions,segments,pcap" in lab("pcapng", bare, status=2)[1]
    none = tmp_path / "none"
    assert run(f"--output={none}", "--record=transitions,segments", "--quiet").returncode == 0
    assert "no capture of one of its hosts is there" in lab("pcapng", none, status=2)[1]
    for damage, words in ((lambda content: content[:-7], "is cut short in the middle of packet"), (lambda content: b"PK" + content, "is no pcap file")):
        cut = tmp_path / "cut"
        assert run(f"--output={cut}", RECORD, "--quiet", "--force").returncode == 0
        file = cut / "client.pcap"
        file.write_bytes(damage(file.read_bytes()))
        assert words in lab("pcapng", cut, "-o", tmp_path / "cut.pcapng", status=2)[1]
        assert not (tmp_path / "cut.pcapng").exists()


# ---- a ladder of a capture

SCENARIOS = {
    "four-way close": [], "server closes": ["--close-first=server"], "both close": ["--close-first=both", "--hold=1s"],
    "half-close": ["--half-close"], "abort": ["--linger-zero"], "simultaneous open": ["--open=simultaneous"],
    "last ACK": [LAST_ACK], "lost FINs": ["--rules=client->server: drop 1st FIN; server->client: drop 1st FIN"],
    "dead peer": ["--close-first=nobody", "--keep-alive", "--keep-idle=10s", "--crash-at=5s", "--stop=60s"],
    "IPv6": ["--ip-version=6"],
    **{f"loss {i}": ["--loss=0.2", "--response-size=8000", f"--run={i}", "--stop=600s", f"--close-first={who}"]
       for i, who in enumerate(("client", "server", "both", "client", "server", "both", "client", "both"), 1)},
}  # fmt: skip


def states_of(folder: Path, end: str) -> list[str]:
    """What the end at ``address:port`` has been in, as the run tells."""
    with open(folder / "transitions.csv", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["local"] == end]
    return [rows[0]["from"], *(row["to"] for row in rows)] if rows else []


def is_part_in_order(some: list[str], of: list[str]) -> bool:
    rest = iter(of)
    return all(state in rest for state in some)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_state_is_claimed_that_the_run_did_not_have(tmp_path, name):
    """Whichever host the capture was taken at, and whatever was lost: the states are some of those of the run, in its order. What is said with an
    "unless" may be otherwise, and all behind it."""
    sys.path.insert(0, str(ROOT))
    from analysis.base.captured import captured

    folder = tmp_path / "run"
    assert run(f"--output={folder}", "--record=transitions,segments,pcap", "--quiet", *SCENARIOS[name]).returncode == 0
    told = 0
    for file in sorted(folder.glob("*.pcap")):
        it = captured(file, "1", (float("-inf"), float("inf")))
        for side in (0, 1):
            claimed = [it.initial[side]] if it.initial[side] else []
            for change in (c for c in it.changes if c.side == side):
                if ", unless" in change.cause:
                    break
                claimed.append(change.after)
            truth = states_of(folder, it.addresses[side])
            assert is_part_in_order(claimed, truth), (file.name, side, claimed, truth)
            told += len(claimed)
    assert told >= 12  # it does tell most of what there was


@pytest.mark.parametrize("host", ["client", "server-to-client"])
def test_what_was_lost_behind_the_capture_is_shown_as_lost(life, host):
    """The first SYN and the first data were lost on the way to the server: at the client both are seen, and sent again."""
    out = lab("ladder", life / f"{host}.pcap", "--width=120", "--ascii")[0]
    lost = [line for line in out.splitlines() if "it or its answer lost: sent again" in line]
    assert len(lost) == (2 if host == "client" else 0)
    assert out.count("(retransmission)") == (2 if host == "client" else 0)  # beside the server nothing came twice
    beside, far = ("10.0.1.2", "10.0.1.1") if host == "client" else ("10.0.1.1", "10.0.1.2")
    assert f"taken beside {beside}" in out and f"what goes to {far} does, only answers tell" in out


def test_what_a_capture_does_not_tell_is_said(life, tmp_path):
    out = lab("ladder", life / "client.pcap")[0]
    assert "how long 10.0.1.2 stays in TIME-WAIT, a capture does not tell" in out
    assert "whether 10.0.1.1 got the ACK of its FIN, and left LAST-ACK, cannot be known from where the capture was taken" in out
    assert "arrows are level" in out
    refused = tmp_path / "refused"
    assert run(f"--output={refused}", "--listen=false", RECORD, "--quiet").returncode == 0
    out = lab("ladder", refused / "client.pcap")[0]
    assert "where the capture was taken is not known" in out
    assert "whether 10.0.1.2 got the RST, and left SYN-SENT, cannot be known" in out
    assert "sends RST: it has no connection" in out


def frames(content: bytes) -> list[bytes]:
    """The packets of a pcap file, each with its header."""
    found, at = [], 24
    while at < len(content):
        length = 16 + struct.unpack_from("<I", content, at + 8)[0]
        found.append(content[at : at + length])
        at += length
    return found


def test_a_capture_that_begins_late_says_so(life, tmp_path):
    whole = (life / "client.pcap").read_bytes()
    late = tmp_path / "late.pcap"
    late.write_bytes(whole[:24] + b"".join(frames(whole)[5:]))
    out = lab("ladder", late)[0]
    assert "the capture begins after the handshake: both ends are taken to be ESTABLISHED at its beginning" in out
    assert "TIME-WAIT" in out


def test_a_capture_that_is_cut_short_shows_what_is_there(life, tmp_path):
    whole = (life / "client.pcap").read_bytes()
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(whole[:24] + b"".join(frames(whole)[:4]) + frames(whole)[4][:30])
    out = lab("ladder", cut)[0]
    assert "the file is cut short in the middle of a packet; what stands before is shown" in out
    assert "sends the ACK of SYN,ACK" in out


def test_the_one_with_most_to_tell_is_chosen_of_many(tmp_path):
    folder = tmp_path / "many"
    assert run(f"--output={folder}", RECORD, "--connections=3", "--rules=client->server: drop overall 2nd SYN", "--quiet").returncode == 0
    out = lab("ladder", folder / "client.pcap")[0]
    assert out.startswith("connection 2 of client.pcap, of 3 the one with most to tell (0 resets, 1 retransmissions); "
                          "choose another with --connection N\n")  # fmt: skip
    assert lab("ladder", folder / "client.pcap", "--connection=3")[0].startswith("connection 3 of client.pcap\n")


# ---- pcapng


def shown(file: Path, *fields: str) -> list[list[str]]:
    """What tshark shows of each packet."""
    command = ["tshark", "-n", "-r", str(file), "-T", "fields", *(word for field in fields for word in ("-e", field))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_tshark_shows_a_comment_at_each_packet(life, tmp_path):
    target = tmp_path / "life.pcapng"
    assert lab("pcapng", life, "-o", target)[0] == f"{target}\n"
    rows = shown(target, "frame.interface_name", "frame.time_epoch", "frame.comment")
    captured = sum(len(frames((life / name).read_bytes())) for name in ("client.pcap", "server-to-client.pcap"))
    assert len(rows) == captured and {host for host, _, _ in rows} == {"client", "server"}
    assert [float(time) for _, time, _ in rows] == sorted(float(time) for _, time, _ in rows)
    comments = [comment for _, _, comment in rows]
    assert comments[0].split("\\n") == ["client sends packet 0 (new)", "state: CLOSED -> SYN-SENT (T02 active OPEN)",
                                       "lost at link: rule: client->server: drop 1st SYN"]  # fmt: skip
    assert any(re.search(r"^server receives packet \d+\\nstate: LISTEN -> SYN-RECEIVED \(T03 seg SYN\)\\nrules: P07$", c) for c in comments)
    assert all(re.match(rf"{host} (sends|receives) packet \d+", comment) for host, _, comment in rows)


def test_comments_tell_each_transition_of_the_run_that_a_segment_shows(life, tmp_path):
    """All but those that no packet goes with: here the listener, and the end of TIME-WAIT."""
    target = tmp_path / "life.pcapng"
    lab("pcapng", life, "-o", target)
    told = re.findall(r"\((T[0-9A-Z.]+) ", " ".join(comment for (comment,) in shown(target, "frame.comment")))
    with open(life / "transitions.csv", newline="") as stream:
        happened = [row["transition"] for row in csv.DictReader(stream) if row["cause"] not in ("passive OPEN", "timer 2MSL")]
    assert sorted(told) == sorted(happened)


def test_a_packet_that_never_left_its_host_takes_no_comment_of_another(tmp_path):
    """Dropped by the queue of the device, so that no capture sees it: the packet that is sent again later has another number."""
    folder = tmp_path / "queue"
    assert run(f"--output={folder}", RECORD, "--queue=2", "--response-size=60000", "--link-rate=1Mbps", "--quiet", "--stop=100s").returncode == 0
    with open(folder / "segments.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lost = {row["packet"] for row in rows if row["event"] == "lost" and row["where"].startswith("server")}
    assert lost
    lab("pcapng", folder)
    comments = [comment for (comment,) in shown(tmp_path / "queue.pcapng", "frame.comment")]
    sent = [match[1] for comment in comments if (match := re.match(r"server sends packet (\d+)", comment))]
    assert len(sent) == len(set(sent)) and not lost & set(sent)


def test_the_same_folder_gives_the_same_file(life, tmp_path):
    made = []
    for name in ("a.pcapng", "b.pcapng"):
        lab("pcapng", life, "-o", tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_a_ladder_is_of_one_interface(life, tmp_path):
    """Else each packet would be there twice, and seem to be sent again."""
    target, one = tmp_path / "life.pcapng", tmp_path / "one.pcapng"
    lab("pcapng", life, "-o", target)
    err = lab("ladder", target, status=2)[1]
    command = re.search(r"'(tshark -r .*) -w one.pcapng' writes those of one", err)
    assert "holds packets of connection 1 from 2 interfaces" in err and command
    subprocess.run([*command[1].split(), "-w", one], check=True, capture_output=True)
    assert lab("ladder", one)[0].replace("one.pcapng", "client.pcap") == lab("ladder", life / "client.pcap")[0]


# ---- text for other programs


def test_mermaid_and_plantuml_tell_the_whole_ladder(life):
    mermaid = lab("ladder", life, "--format=mermaid")[0].splitlines()
    assert mermaid[0] == "sequenceDiagram" and "    participant A as client" in mermaid
    assert "    A-xB: 0.000 s [S], seq 0, length 0 (rule: drop 1st SYN)" in mermaid
    assert "    Note right of B: SYN-RECEIVED at 1.010 s: seg SYN (T03)" in mermaid
    plantuml = lab("ladder", life, "--format=plantuml")[0].splitlines()
    assert (plantuml[0], plantuml[-1]) == ("@startuml", "@enduml")
    assert "A ->x B : 0.000 s [S], seq 0, length 0 (rule: drop 1st SYN)" in plantuml and "...1 s idle..." in plantuml
    with open(life / "segments.csv", newline="") as stream:
        sent = sum(row["event"] == "tx" for row in csv.DictReader(stream))
    assert sum(bool(re.match(r"    [AB]-(x|>>)[AB]: ", line)) for line in mermaid) == sent
    assert sum(bool(re.match(r"[AB] ->x? [AB] : ", line)) for line in plantuml) == sent


def test_what_would_be_markup_is_text():
    """A rule of the link may hold any characters."""
    sys.path.insert(0, str(ROOT))
    from analysis.base.ladder import Arrow, Ladder
    from analysis.base.ladder_markup import mermaid, plantuml

    arrow = Arrow(0, 0.0, None, "S", "seq 0", 1, "", "", lost='rule; <b>#1 "x" **~\n%%')
    it = Ladder("a", ("client", "server"), ("", ""), (None, None), ("", ""), [arrow])
    assert "A-xB: 0.000 s [S], seq 0 (rule#59; #60;b#62;#35;1 #34;x#34; **~ #37;#37;)\n" in mermaid(it)
    assert "(rule; <U+003C>b<U+003E>#1 <U+0022>x<U+0022> ~**<U+007E> <U+0025><U+0025>)\n" in plantuml(it)
