"""Which connection is shown where nobody names one, and how long ladders are made short."""

from __future__ import annotations

import json
import re
from pathlib import Path

import folders
import pytest

MS = 1_000_000
S = 10**9


def text_of(analysis, folder: Path, *options: str) -> str:
    status, out, err = analysis("ladder", folder, *options)
    assert (status, err) == (0, "")
    return out


def drawn(folder: Path, **changes) -> tuple[str, float]:
    """The texts of the drawn ladder, and its height [inches]."""
    figure = folders.figure_of("ladder", folder, **changes)
    (axes,) = figure.axes
    return folders.texts_of(axes), figure.get_figheight()


# ---- which connection


class Connections:
    """Connections of two clients with one server, each of which opens and does what is asked for."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, str]] = []

    def add(self, host: str, number: int, port: int, at_s: float, *, lost: int = 0, resets: int = 0, again: int = 0) -> None:
        ends = f"10.1.0.{1 if host == 'client-1' else 3}:{port},10.1.0.2:80"
        doing = [("tx", "S", "new")] + [("tx", "R", "reset")] * resets + [("tx", ".", "retransmission")] * again
        doing += [("lost", "S", "loss")] * lost
        for i, (event, flags, why) in enumerate(doing):
            time_s = at_s + i / 1000
            packet = 1000 * int(at_s * 10) + i
            self.rows.append((time_s, f"{time_s:.9f},{host},{number},{event},{packet},{ends},{flags},{i},,0,65535,,{why},\n"))

    def write(self, path: Path) -> Path:
        hosts = [folders.host("server", "10.1.0.2"), folders.host("client-1", "10.1.0.1"), folders.host("client-2", "10.1.0.3")]
        path.mkdir()
        (path / "manifest.json").write_text(json.dumps(folders.manifest(record=["segments"], hosts=hosts)))
        (path / "segments.csv").write_text(folders.SEGMENTS + "".join(row for _, row in sorted(self.rows)))
        return path


@pytest.mark.parametrize(("doing", "chosen"), [
    ([{}, {}, {}], "connection 1 of client-1, the first of 3;"),
    ([{"again": 5}, {"lost": 1}, {"resets": 9}], "connection 2 of client-1, of 3 the one with most to tell (1 lost);"),
    ([{"again": 5}, {}, {"resets": 1}], "connection 1 of client-2, of 3 the one with most to tell (1 reset);"),
    ([{"again": 1}, {"again": 3}, {"again": 2}], "connection 2 of client-1, of 3 the one with most to tell (3 sent again);"),
    ([{}, {"lost": 2, "again": 2}, {"lost": 2, "again": 2}], "connection 1 of client-2, of 3 the one with most to tell (2 lost, 2 sent again);"),
    ([{"lost": 2}, {"lost": 2, "resets": 1}, {"lost": 2, "again": 7}], "connection 2 of client-1, of 3 the one with most to tell (2 lost, 1 reset);"),
])  # fmt: skip
def test_the_connection_with_most_to_tell_is_shown(tmp_path, analysis, doing, chosen):
    """Losses, then resets, then retransmissions; of equals the lowest number."""
    c = Connections()
    for (host, number, port), what in zip([("client-1", 1, 1000), ("client-1", 2, 1001), ("client-2", 1, 1000)], doing):
        c.add(host, number, port, float(number + 2 * (host == "client-2")), **what)
    folder = c.write(tmp_path / "run")
    assert text_of(analysis, folder).startswith(f"{chosen} choose another with --connection HOST:N\n")
    told, _ = drawn(folder)
    assert chosen.removeprefix("c").rstrip(";") + ":" in told


def test_what_happens_belongs_to_the_incarnation_that_has_begun(tmp_path, analysis):
    c = Connections()
    c.add("client-1", 1, 1000, 1.0, again=1)
    c.add("client-1", 2, 1000, 50.0, lost=1)
    assert text_of(analysis, c.write(tmp_path / "run")).startswith("connection 2 of client-1, of 2 the one with most to tell (1 lost)")


def test_hosts_of_no_role_have_one_connection_together(life, analysis):
    """As in a program of its own: both ends were seen, and the one that was seen first speaks for it."""
    manifest = json.loads((life / "manifest.json").read_text())
    for host in manifest["hosts"]:
        host["role"] = "host"
    (life / "manifest.json").write_text(json.dumps(manifest))
    with (life / "transitions.csv").open("a") as stream:
        for t, host, number, ends in ((64, "server", 3, "10.1.0.2:99,10.1.0.1:77"), (65, "client-1", 2, "10.1.0.1:77,10.1.0.2:99")):
            stream.write(f"{t}.000000000,{host},{number},{ends},CLOSED,SYN-SENT,T02,active OPEN\n")
    assert text_of(analysis, life).startswith("connection 1 of client-1, of 2 the one with most to tell (3 lost, 3 sent again)")


def test_a_connection_that_is_named_needs_no_reason(life, analysis):
    assert text_of(analysis, life, "--connection", "client-1:1").startswith("connection 1 of client-1\n")


# ---- repetitions


def giving_up(path: Path, count: int = 10) -> Path:
    """A SYN that is lost again and again, twice as late each time."""
    w = folders.Writer()
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    for i in range(count):
        w.send((2**i - 1) * S, "client-1", "S", 0, reason="retransmission" if i else "new", fate="lost")
    w.change(2**count * S, "client-1", "SYN-SENT", "CLOSED", "T43.SS", "timer R2")
    return w.write(path)


def test_long_repetitions_are_folded_unless_all_is_asked_for(tmp_path, analysis):
    folder = giving_up(tmp_path / "run")
    text = text_of(analysis, folder)
    assert text.count("Flags [S]") == 2 and " 8 more alike, 2 s to 256 s apart " in text and "1024.000" in text
    assert text_of(analysis, folder, "--all").count("Flags [S]") == 10 and "alike" not in text_of(analysis, folder, "--all")
    told, height = drawn(folder)
    assert "8 more alike, 2 s to 256 s apart" in told and "n = 10 segments" in told and "Told in words instead of drawn: 8 segments" in told
    every, more = drawn(folder, all=True)
    assert "alike" not in every and "Told" not in every and every.count("[S], seq 0, length 0") == 10 and more > 2 * height


def test_what_is_folded_to_the_end_is_told_in_the_figure_too(tmp_path):
    w = folders.Writer()
    for i in range(6):
        w.send((2**i - 1) * S, "client-1", "S", 0, reason="retransmission" if i else "new", drop="SYN queue full")
    told, _ = drawn(w.write(tmp_path / "run"))
    assert "4 more alike, 2 s to 16 s apart" in told and "Told in words instead of drawn: 4 segments" in told


def test_what_was_not_recorded_is_told_in_the_caption(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0)
    folder = w.write(tmp_path / "run")
    (folder / "transitions.csv").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["record"].remove("transitions")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    told, _ = drawn(folder)
    assert "No states: transitions were not recorded." in told and "n = 1 segment, 0 state changes" in told


def test_a_few_are_shown(tmp_path, analysis):
    assert "alike" not in text_of(analysis, giving_up(tmp_path / "run", 4))


def test_rounds_of_a_probe_and_its_answer_are_folded(tmp_path, analysis):
    w = folders.Writer()
    for i in range(30):
        w.send(i * 10 * S, "client-1", ".", 100, 1, reason="keepalive", drop="bad sequence number")
        w.send(i * 10 * S + 20 * MS, "server", ".", 1, 101, reason="ack")
    w.send(301 * S, "client-1", "F.", 101, 1)
    text = text_of(analysis, w.write(tmp_path / "run"))
    assert " 29 more rounds of these 2, 10 s apart " in text and text.count("keepalive") == 1 and "11 s idle" in text


def test_what_differs_in_its_fate_is_not_alike(tmp_path, analysis):
    w = folders.Writer()
    for i in range(12):
        w.send(i * S, "client-1", "S", 0, reason="retransmission", fate="rx" if i == 6 else "lost")
    text = text_of(analysis, w.write(tmp_path / "run"))
    assert text.count("5 more alike") == 1 and text.count("4 more alike") == 1 and text.count("Flags [S]") == 3


# ---- bulk


def transfer(path: Path, count: int = 246, lost: int | None = None) -> Path:
    w = folders.Writer()
    w.change(0, "client-1", "SYN-SENT", "ESTABLISHED", "T08", "seg SYN+ACK")
    for i in range(count):
        at = i * 100_000
        w.send(at, "client-1", ".", 1 + 1448 * i, 1, 1448, fate="lost" if i == lost else "rx")
        if i % 2:
            w.send(at + 20 * MS, "server", ".", 1, 1 + 1448 * (i + 1), reason="ack")
    end = count * 100_000 + 50 * MS
    w.change(end, "client-1", "ESTABLISHED", "FIN-WAIT-1", "T21", "CLOSE")
    w.send(end, "client-1", "F.", 1 + 1448 * count, 1)
    return w.write(path)


def test_data_in_bulk_is_collapsed_unless_all_is_asked_for(tmp_path, analysis):
    folder = transfer(tmp_path / "run")
    text = text_of(analysis, folder)
    assert " 243 segments, 351,864 octets to the right; 120 ACKs " in text and len(text.splitlines()) < 40
    assert len(text_of(analysis, folder, "--all").splitlines()) > 700
    told, height = drawn(folder)
    assert "243 segments, 351,864 octets to the right; 120 ACKs" in told and "n = 370 segments, 2 state changes" in told and height < 7.5


def test_what_there_is_to_tell_of_stands_out_of_the_bulk(tmp_path, analysis):
    text = text_of(analysis, transfer(tmp_path / "run", lost=100))
    assert text.count(" octets to the right") == 2 and text.count("rule: drop") == 1
    counts = [int(n.replace(",", "")) for n in re.findall(r"([0-9,]+) segments, ", text)]
    shown = len(re.findall("length 1448", text))
    assert sum(counts) + shown == 246


def test_a_ladder_is_no_taller_than_a_page_whatever_happens(tmp_path, analysis):
    """Losses without end cannot be folded, so the figure says how to see more."""
    w = folders.Writer()
    for i in range(400):
        w.send(i * S, "client-1", "P.", 1 + i, 1, 1, fate="lost" if i % 2 else "rx")
    folder = w.write(tmp_path / "run")
    status, out, err = analysis("plot", folder, "--only", "ladder", "--format", "png")
    assert status == 0 and "choose others with --interval, or see more with --all" in err
    assert int.from_bytes(Path(out.strip()).read_bytes()[20:24], "big") < 4000


# ---- times


def test_a_nanosecond_needs_no_decimals_of_its_own(tmp_path, analysis):
    """ns-3's own TCP sends one nanosecond after it has acknowledged."""
    w = folders.Writer()
    for at in (3_020_009_280, 3_020_009_281, 3_030_013_600, 3_030_025_920):
        w.send(at, "client-1", ".", at % 1000, 1, 10)
    folder = w.write(tmp_path / "run", **folders.STOCK)
    text = text_of(analysis, folder)
    assert "3.02001 " in text and "3.020009" not in text
    assert "3.02001" in drawn(folder)[0]


def test_times_that_differ_stay_apart(tmp_path, analysis):
    w = folders.Writer()
    for at in (0, 200, 400):  # on a link of nanoseconds
        w.send(at, "client-1", "P.", 1 + at, 1, 100, flight=300)
    assert "0.0000002" in text_of(analysis, w.write(tmp_path / "run"))


def test_a_host_of_several_addresses_was_recorded(life, analysis):
    """The manifest may not know an address that a host got later; who has rows of its own was recorded all the same."""
    before = text_of(analysis, life)
    manifest = json.loads((life / "manifest.json").read_text())
    manifest["hosts"][0]["addresses"] = ["10.9.9.9"]
    (life / "manifest.json").write_text(json.dumps(manifest))
    assert text_of(analysis, life) == before
