"""What `./lab fuzz` says and keeps, with a program in place of a fuzzer that needs no clang."""

import os
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

import run
import seeds

HERE = Path(__file__).resolve().parent
LAB = HERE.parents[1] / "lab"

# It takes the inputs in the environment's FINDS for those that break it; what stands in them is why.
FUZZER = f"""#!{sys.executable}
import os, pathlib, sys, time
options = dict(argument[1:].split("=", 1) for argument in sys.argv[1:] if argument.startswith("-"))
if "max_total_time" not in options:
    why = pathlib.Path(sys.argv[-1]).read_text()
    print("INFO: Running", why, sep="\\n", file=sys.stderr)
    sys.exit(77 if why else 0)
print("#7\tINITED cov: 11 ft: 12 corp: 3", file=sys.stderr, flush=True)
for why in filter(None, os.environ["FINDS"].split("|")):
    find = pathlib.Path(options["artifact_prefix"] + "crash-" + why.split()[-1])
    if not find.exists():
        find.write_text(why)
        print("stat::number_of_executed_units: 10", file=sys.stderr)
        sys.exit(77)
print("#1234\tNEW    cov: 56 ft: 78 corp: 9", file=sys.stderr, flush=True)
if "endless" in os.environ:
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    program = tmp_path / "bin" / "some-fuzz"
    program.parent.mkdir()
    program.write_text(FUZZER, encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def start(folder, finds, *options, **more):
    command = [sys.executable, HERE / "run.py", folder, "1", "some", *options]
    return subprocess.Popen(command, env={"FINDS": finds, **more}, text=True, cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, preexec_fn=prepare)


def prepare():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a shell starts in the background ignores it


def test_without_a_find_the_summary_says_so(folder):
    process = start(folder, "", f"--junit-xml={folder / 'fuzz.xml'}")
    out, err = process.communicate()
    assert (process.returncode, out) == (0, "")
    assert "some: 1,234 inputs, coverage 56, no finds" in err
    assert xml.parse(folder / "fuzz.xml").find("testcase/failure") is None


def test_one_find_of_each_kind_is_kept_and_named(folder):
    finds = "broken: one line: abc|broken: one line: d|x.cc:1: runtime error: too far by 12|runtime error: too far by 3"
    process = start(folder, finds, f"--junit-xml={folder / 'fuzz.xml'}")
    out, err = process.communicate()
    assert process.returncode == 1 and "some: 1,274 inputs, coverage 56, 2 finds" in err
    assert out.splitlines() == [
        "finds/some/crash-d: broken: one line: d",
        "  alone: bin/some-fuzz finds/some/crash-d",
        "finds/some/crash-3: runtime error: too far by 3",
        "  alone: bin/some-fuzz finds/some/crash-3",
    ], "the shortest of each"
    assert "finds/some/crash-3" in xml.parse(folder / "fuzz.xml").find("testcase/failure").text


def test_a_find_is_named_until_it_is_mended(folder):
    start(folder, "broken: first: 1").communicate()
    process = start(folder, "broken: second: 2|broken: first: 3")
    out, _ = process.communicate()
    assert process.returncode == 1 and [line[:11] for line in out.splitlines()[::2]] == ["finds/some/"] * 2
    for find in (folder / "finds" / "some").iterdir():
        find.write_text("")  # as if it were mended
    assert start(folder, "").wait() == 0


def test_an_interrupt_ends_it_and_names_the_finds(folder):
    for finds, status in (("broken: first: 1", 1), ("", 130)):
        process = start(folder, finds, endless="1")
        while "1234" not in log_of(folder):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == status and "interrupted" in err
        assert ("finds/some/crash-1:" in out) == bool(finds)
        shutil.rmtree(folder / "finds")
        (folder / "some-1.log").unlink()


def log_of(folder):
    log = folder / "some-1.log"
    return log.read_text(encoding="utf-8") if log.exists() else ""


def test_a_fuzzer_that_cannot_run_is_no_success(folder):
    (folder / "bin" / "some-fuzz").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    process = start(folder, "")
    assert "some: 0 inputs, coverage 0, it cannot run; see some-1.log" in process.communicate()[1]
    assert process.returncode == 1


@pytest.mark.parametrize("wrong, said", [
    (["nosuch"], "there is no fuzzer 'nosuch'; there are: codec host injections options packetdrill rules."),
    *(([f"--minutes={minutes}"], f"needs a whole number from 1 to 99999, not '{minutes}'")
      for minutes in ("", "0", "-1", "1.5", "x", "100000")),
    (["--minute=3"], "fuzz takes only --minutes=N, not '--minute=3'."),
])
def test_wrong_usage_is_refused_in_a_sentence(wrong, said):
    done = subprocess.run([LAB, "fuzz", *wrong], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1


def test_each_fuzzer_has_what_it_starts_from():
    names = {path.name.removesuffix("-fuzz.cc") for path in HERE.glob("*-fuzz.cc")}
    assert names == run.LONGEST.keys() and names > seeds.READERS.keys()
    least = {"rules": 100, "injections": 100, "packetdrill": 200, "options": 200}
    assert {name: len(seeds.texts_for(name)) >= number for name, number in least.items()} == dict.fromkeys(least, True)
    assert {"ACK-of-FIN", "duplicate"} <= set(seeds.words_for("rules"))
    assert {"snd.nxt", "to-port", "FIN-WAIT-2"} <= set(seeds.words_for("injections"))
    assert {"--keep-idle=", "--request-size="} <= set(seeds.words_for("options"))
    assert all(re.fullmatch(r"[\w:.=-]+", word) for name in names for word in seeds.words_for(name))
