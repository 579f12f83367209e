"""What a hostile or unlucky caller does to lifecycle-run: nothing aborts, hangs, or is lost without a word.

Ends of ranges, draws that never end, files that are none, disks that are full, two runs in one folder.
"""

import json
import os
import signal
import subprocess
import time

import pytest
from programs import PROGRAM, needs_tshark, run
from test_runs import assert_captures_hold_what_segments_tell
from test_serve import Server

FULL = "/dev/full"  # a disk that takes nothing


def one_sentence(result: subprocess.CompletedProcess, status: int, *parts: str) -> None:
    assert result.returncode == status, result.stderr
    assert all(part in result.stderr for part in parts), result.stderr
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 1000 and result.stdout == ""


# ---- the ends of ranges

# What an option needs beside it, that it may be set at all.
NEEDS = {
    "rate": ["--duration=1us"], "burst-rate": ["--arrivals=mmpp", "--rate=1", "--duration=1us"],
    "quiet-length": ["--arrivals=mmpp", "--rate=1", "--burst-rate=1", "--duration=1s"],
    "burst-length": ["--arrivals=mmpp", "--rate=1", "--burst-rate=1", "--duration=1s"],
    "duration": ["--rate=1"], "warm-up": ["--rate=1", "--duration=1000000000s"],
    "open-delay": ["--open=simultaneous"], "open-delay-server": ["--open=simultaneous"], "think": ["--requests=2"],
    "reboot-at": ["--crash-at=1ns"], "quiet-time": ["--reboot-at=1s"], "outage-at": ["--outage-duration=1s"],
    "corrupt": ["--checksums"], "ephemeral-last": ["--ephemeral-first=1"], "min-rto": ["--max-rto=1000000000s"],
}  # fmt: skip

MANY = ("clients", "connections")  # that takes its time


def extremes():
    """Each number and time that the description tells, with the ends of its range."""
    for p in json.loads(run("--describe=json").stdout)["parameters"]:
        if "range" in p:
            unit = "s" if p["type"] == "duration" else ""
            for value in {*p["range"], p.get("least-above-zero", p["range"][0])}:
                text = f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
                yield p["name"], text + unit


def test_the_ends_of_every_range_can_be_given(tmp_path):
    """Each is taken, or refused in one sentence for what it does together with others."""
    server = Server()
    said = tmp_path / "stderr"
    tried, wrong = 0, []
    for name, value in extremes():
        options = [f"--{name}={value}", *NEEDS.get(name.removesuffix("-to-server").removesuffix("-to-client"), [])]
        if name != "stop":
            options.append("--stop=1s")
        command = [*options, "--record=none", "--quiet", "--force", f"--output={tmp_path}/run"]
        answer = server(command, said, timeout_s=3 if name in MANY else 60)
        tried += 1
        sentence = said.read_text()
        is_late = name in MANY and answer == {"timeout": True}
        if answer not in ({"exit": 0}, {"exit": 2}) and not is_late or sentence.count("\n") != (answer == {"exit": 2}):
            wrong.append((options, answer, sentence))
    server.process.stdin.close()
    assert server.process.wait(20) == 0
    assert tried > 200 and wrong == []


def test_the_largest_seed_is_that_of_ns3(folder):
    assert run(f"--output={folder}", "--seed=4294944442", "--run=1000000000000000").returncode == 0
    one_sentence(run(f"--output={folder}2", "--seed=4294944443"), 2,
                 "--seed: '4294944443' is not allowed; allowed is a whole number from 1 to 4294944442")  # fmt: skip


@pytest.mark.parametrize("options", [
    ["--requests=100", "--think=1000000000s"],
    ["--connections=20", "--accept-time=1000000000s"],
    ["--stack=stock", "--initial-rto=1000000000s", "--loss=1"],
])  # fmt: skip
def test_a_run_that_outlasts_the_clock_is_told(folder, options):
    """292 years of nanoseconds; then ns-3 goes on before the beginning."""
    result = run(f"--output={folder}", *options, "--quiet")
    one_sentence(result, 2, "The run goes on for more than 146 years", "--stop=TIME")
    assert (folder / "unfinished").exists() and not (folder / "manifest.json").exists()
    assert run(f"--output={folder}", "--force", *options, "--quiet", "--stop=1000000000s").returncode == 0


# ---- draws

ENDLESS = [
    "ns3::ParetoRandomVariable[Scale=10|Shape=2|Bound=1]",
    "ns3::ExponentialRandomVariable[Mean=1|Bound=-5]",
    "ns3::NormalRandomVariable[Mean=0|Variance=-1]",
    "ns3::WeibullRandomVariable[Scale=1|Shape=1|Bound=-1]",
]


@pytest.mark.parametrize("variable", ENDLESS)
def test_a_draw_that_never_ends_is_refused(folder, variable):
    result = run(f"--output={folder}", f"--hold={variable}")
    one_sentence(result, 2, f"--hold: '{variable}' is not allowed, as ", "; allowed is a time from 0s")
    assert not folder.exists()


@pytest.mark.parametrize("variable", [
    "ns3::ConstantRandomVariable[Constant=1e999]",
    "ns3::ErlangRandomVariable[K=-1]",
    "ns3::ZipfRandomVariable[Alpha=1|N=-1]",
])  # fmt: skip
def test_parameters_that_ns3_does_not_take_are_refused(folder, variable):
    """Some make ns-3 abort; others it would leave out, and draw from what the memory held before."""
    for _ in range(3):
        result = run(f"--output={folder}", f"--requests={variable}")
        one_sentence(result, 2, f"--requests: '{variable}' is not allowed, as ns-3 does not take its parameters; ")


@pytest.mark.parametrize("variable", [
    "ns3::NormalRandomVariable[Mean=-5|Variance=1]",
    "ns3::ParetoRandomVariable[Scale=1|Shape=0.001]",
    "ns3::ConstantRandomVariable[Constant=1e300]",
])  # fmt: skip
def test_draws_outside_the_range_count_as_its_ends(folder, variable):
    """Times and numbers; 1e12 requests would not fit into memory."""
    options = [f"--hold={variable}", f"--requests={variable}", "--request-size=0", "--response-size=0", "--stop=1ms",
               f"--outage-at={variable}", "--outage-duration=1000000000s"]  # fmt: skip
    assert run(f"--output={folder}", *options, "--quiet", "--record=none").returncode == 0


# ---- signals


def stuck(folder):
    """Busy for hours inside one event: a million draws, each of which takes milliseconds."""
    return [f"--output={folder}", "--requests=1000000", "--request-size=ns3::ZipfRandomVariable[N=1000000|Alpha=1]",
            "--quiet"]  # fmt: skip


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_inside_an_event_that_does_not_end(folder, number):
    with subprocess.Popen([PROGRAM, *stuck(folder)], stderr=subprocess.PIPE, text=True) as program:
        wait_for((folder / "unfinished").exists)
        time.sleep(0.3)
        program.send_signal(number)
        _, stderr = program.communicate(timeout=20)
    assert program.returncode == 130 and stderr.count("\n") == 1 and "the folder is unfinished" in stderr
    assert not (folder / "manifest.json").exists()


def test_a_run_of_the_fork_server_ends_with_it(tmp_path):
    server = Server()
    request = {"arguments": ["--close-first=nobody", "--keep-alive", "--keep-idle=1s", "--stop=270000h", "--quiet",
                             "--record=none", f"--output={tmp_path}/run"],
               "stderr": "/dev/null", "timeout_s": 0, "memory_bytes": 0}  # fmt: skip
    server.process.stdin.write(json.dumps(request) + "\n")
    server.process.stdin.flush()
    wait_for((tmp_path / "run" / "unfinished").exists)
    server.process.terminate()
    server.process.wait(20)
    wait_for(lambda: not (tmp_path / "run" / "unfinished").exists())
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["interrupted"] is True


# ---- one run a folder


def test_two_runs_do_not_share_a_folder(folder):
    slow = [f"--output={folder}", "--rate=300", "--duration=100000s", "--msl=5s", "--quiet", "--record=transitions"]
    with subprocess.Popen([PROGRAM, *slow], stderr=subprocess.PIPE) as first:
        wait_for((folder / "transitions.csv").exists)
        one_sentence(run(f"--output={folder}"), 2, "is not empty")
        one_sentence(run(f"--output={folder}", "--force"), 2, "--output: Another run is being written into the folder")
        first.send_signal(signal.SIGINT)
        assert first.wait(30) == 130
    assert json.loads((folder / "manifest.json").read_text())["parameters"]["rate"] == "300"
    assert not (folder / "unfinished").exists()


@needs_tshark
def test_captures_of_an_interrupted_run_are_whole_and_hold_what_segments_tell(folder):
    slow = [f"--output={folder}", "--rate=300", "--duration=100000s", "--quiet", "--record=segments,pcap"]
    with subprocess.Popen([PROGRAM, *slow], stderr=subprocess.DEVNULL) as program:
        wait_for(lambda: (folder / "client.pcap").exists() and (folder / "client.pcap").stat().st_size > 100_000)
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130
    assert_captures_hold_what_segments_tell(
        folder, {"client": [folder / "client.pcap"], "server": [folder / "server-to-client.pcap"]})


def test_of_many_runs_at_once_one_gets_the_folder(folder):
    many = [subprocess.Popen([PROGRAM, f"--output={folder}", f"--run={n}", "--rate=50", "--duration=20s", "--quiet"],
                             stderr=subprocess.PIPE, text=True) for n in range(1, 9)]  # fmt: skip
    ends = [(program.communicate(timeout=60)[1], program.returncode) for program in many]
    assert sorted(status for _, status in ends) == [0] + [2] * 7, ends
    (winner,) = (n for n, (_, status) in enumerate(ends, 1) if status == 0)
    assert json.loads((folder / "manifest.json").read_text())["rng-run"] == winner


def test_what_a_killed_run_left_is_marked_and_may_be_replaced(folder):
    slow = [f"--output={folder}", "--rate=300", "--duration=100000s", "--quiet", "--record=transitions"]
    with subprocess.Popen([PROGRAM, *slow]) as killed:
        wait_for((folder / "transitions.csv").exists)
        killed.kill()
    assert {path.name for path in folder.iterdir()} == {"unfinished", "transitions.csv"}
    one_sentence(run(f"--output={folder}"), 2, "use --force to replace")
    assert run(f"--output={folder}", "--force", "--record=none").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "summary.json", "host.json"}


# ---- full disks


@pytest.mark.parametrize("option", ["--help", "--version", "--describe=json", "--print-config"])
def test_standard_output_that_cannot_be_written_is_told(option):
    for shell, reason in ((f">{FULL}", "No space left on device"), (">&-", "Bad file descriptor")):
        result = subprocess.run(["sh", "-c", f'exec "$0" "$1" {shell}', PROGRAM, option], capture_output=True, text=True)
        one_sentence(result, 1, f"Standard output cannot be written: {reason}.")


def test_what_is_said_and_cannot_be_written_fails_the_run(folder):
    command = ["sh", "-c", f'exec "$0" "$@" 2>{FULL}', PROGRAM, "--record=none"]
    assert subprocess.run([*command, f"--output={folder}"]).returncode == 1
    assert subprocess.run([*command, f"--output={folder}2", "--quiet"]).returncode == 0


def test_a_missing_standard_file_takes_nothing_from_the_run(folder):
    """Else a table would be file 2, and the summary line in it."""
    command = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', PROGRAM, f"--output={folder}"]
    assert subprocess.run(command).returncode == 0
    assert all("lifecycle-run:" not in path.read_text() for path in folder.glob("*.csv"))


@pytest.fixture
def little_disk(tmp_path):
    """A file system of a few pages."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(("record", "file"), [
    ("transitions", "transitions.csv"), ("segments", "segments.csv"), ("occupancy", "occupancy.csv"),
    ("connections", "connections.csv"), ("pcap", ".pcap"),
])  # fmt: skip
def test_a_disk_that_becomes_full_ends_the_run_with_one_sentence(little_disk, record, file):
    folder = little_disk / "run"
    result = run(f"--output={folder}", f"--record={record}", "--rate=100", "--duration=100s", "--msl=1s", "--quiet")
    one_sentence(result, 1, f"{file}' cannot be written: No space left on device.")
    assert (folder / "unfinished").exists() and not (folder / "manifest.json").exists()


def test_a_disk_that_is_full_at_the_end_leaves_no_half_manifest(little_disk):
    (little_disk / "filler").write_bytes(bytes(56 * 1024))
    result = run(f"--output={little_disk}/run", "--record=none", "--quiet")
    one_sentence(result, 1, "cannot be written: No space left on device.")
    assert not (little_disk / "run" / "manifest.json").exists() and (little_disk / "run" / "unfinished").exists()


def test_more_captures_than_files_may_be_open_are_told(folder):
    command = ["sh", "-c", 'ulimit -n 50; exec "$0" "$@"', PROGRAM, f"--output={folder}", "--clients=50",
               "--record=pcap", "--quiet"]  # fmt: skip
    one_sentence(subprocess.run(command, capture_output=True, text=True), 1, "pcap' cannot be written: Too many open files.")


# ---- input files


@pytest.fixture(params=["folder", "zero", "null", "pipe", "large"])
def no_input(request, tmp_path):
    """Names of what is no input file."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    return {"folder": tmp_path, "zero": "/dev/zero", "null": "/dev/null", "pipe": pipe, "large": large}[request.param]


@pytest.mark.parametrize("options", [["--arrivals=file", "--arrivals-file"], ["--jitter=1ms", "--distribution"],
                                     ["--jitter=1ms", "--distribution-to-client"]])  # fmt: skip
def test_an_input_file_is_regular_and_not_too_large(folder, no_input, options):
    for asked in (f"--output={folder}", "--print-config"):
        if asked != "--print-config" or "--jitter=1ms" in options:
            result = run(*options[:-1], f"{options[-1]}={no_input}", asked)
            one_sentence(result, 2, f"{options[-1]}: ", f"'{no_input}' is ", "allowed is a regular file of at most 67108864")
    assert not folder.exists()


def test_what_stands_in_a_file_is_quoted_in_few_words(folder, tmp_path):
    """A file of one line without end, and with codes that a terminal obeys."""
    noise = tmp_path / "noise"
    noise.write_bytes(b"\x1b[2J\0" + b"x" * 100_000 + b"\n")
    one_sentence(run(f"--output={folder}", "--arrivals=file", f"--arrivals-file={noise}"), 2, "line 1: '?[2J?xxx")
    one_sentence(run(f"--output={folder}", "--jitter=1ms", f"--distribution={noise}"), 2, "holds '?[2J?xxx")


def test_requests_to_the_fork_server_are_bounded():
    with open("/dev/zero", "rb") as zeros:
        result = subprocess.run([PROGRAM, "--serve"], stdin=zeros, capture_output=True, text=True, timeout=60)
    one_sentence(result, 2, "--serve: a request has more than 1048576 octets.")
