"""lifecycle-explore as a user runs it: what it refuses, what it finds, how it ends."""

import json
import signal
import subprocess
import time

import pytest

from programs import ROOT, program

PROGRAM = ROOT / "build" / "bin" / "lifecycle-explore"  # no other build makes it: it knows no ns-3

PHANTOM = ["--script=close", "--in-flight=2", "--loss=1", "--two-way-handshake"]


def explore(*options: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(PROGRAM), *options], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    "option, names",
    [
        ("--fly=3", "--fly=3"),
        ("nonsense", "nonsense"),
        ("--script=nonsense", "nonsense"),
        ("--a=open,fly", "open,fly"),
        ("--preset=nonsense", "nonsense"),
        ("--loss=256", "256"),
        ("--loss=", "--loss"),
        ("--loss=-1", "-1"),
        ("--in-flight=0", "in flight"),
        ("--data=many", "many"),
        ("--threads=0", "--threads"),
        ("--without=nonsense", "nonsense"),
        ("--time-wait-factor=x", "--time-wait-factor"),
        ("--isn-policy=nonsense", "nonsense"),
        ("--isn-policy=random", "andom"),
        ("--timestamps=true", "imestamps"),
        ("--msl=1s", "ticks"),
        ("--attacks=256", "256"),
        ("--syn-cookies=always", "when time ends"),
        ("--steps=", "--steps"),
        ("--checkpoint=/no/such/folder/file", "/no/such/folder/file"),
        ("--continue=/no/such/file", "/no/such/file"),
        ("--differ", "two stacks"),
    ],
)
def test_what_it_cannot_take_is_named_in_one_sentence(option, names):
    result = explore(option)
    assert result.returncode == 2 and ("file" in option or result.stdout == "")
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("lifecycle-explore: ")
    assert names in result.stderr


def test_questions_take_no_rules_beside_them():
    result = explore("--questions", "--loss=1")
    assert result.returncode == 2 and "only --threads" in result.stderr


def test_help_lists_scripts_and_checks():
    result = explore("--help")
    assert result.returncode == 0
    assert "simultaneous" in result.stdout and "old-octet" in result.stdout


def test_a_three_way_handshake_holds_and_a_two_way_one_leaves_a_phantom():
    good = explore(*PHANTOM[:-1])
    assert good.returncode == 0
    assert "no check is broken, and all futures are seen" in good.stdout
    bad = explore(*PHANTOM)
    assert bad.returncode == 1
    assert "broken: phantom (R-22)" in bad.stdout and "T53 LISTEN -> ESTABLISHED" in bad.stdout
    assert "two-way-handshake=true" in bad.stdout


def test_the_report_is_the_same_for_any_number_of_threads():
    reports = {explore(*PHANTOM, f"--threads={threads}").stdout for threads in (1, 2, 4)}
    assert len(reports) == 1


@pytest.fixture(scope="module", name="asked")
def fixture_asked(tmp_path_factory):
    """The report of the questions, and the folder with the ways to what is broken."""
    folder = tmp_path_factory.mktemp("steps")
    return explore("--questions", f"--steps={folder}"), folder


def test_the_questions_have_the_answers_that_are_expected(asked):
    result, folder = asked
    assert result.returncode == 0
    assert "not expected" not in result.stdout
    answers = {line[:32].strip(): line[61:] for line in result.stdout.splitlines()[1:]}
    assert len(answers) == 20
    assert answers["three-way handshake"] == "nothing broken"
    assert answers["two-way handshake"] == "phantom broken in 19 events"
    assert answers["no TIME-WAIT, constant numbers"].startswith("old-octet broken")
    assert answers["an octet forged, RFC 793 ACKs"].startswith("livelock broken")
    assert answers["a late ACK and SYN cookies"].startswith("phantom broken")
    assert len(list(folder.glob("*.json"))) == sum("broken in" in answer for answer in answers.values())


def replay(steps, output) -> subprocess.CompletedProcess:
    command = [str(program("lifecycle-replay")), f"--steps={steps}", f"--output={output}", "--force"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_what_breaks_a_question_happens_in_ns3_too(asked, tmp_path):
    """The same calls, segments and timers at the same instants; ns-3's hosts do the same at each step."""
    _, folder = asked
    played = 0
    for steps in sorted(folder.glob("*.json")):
        output = tmp_path / steps.stem
        result = replay(steps, output)
        assert result.returncode == 0, f"{steps.stem}: {result.stdout}{result.stderr}"
        told = json.loads(steps.read_text())
        assert f"in all {len(told['steps'])} steps, to the one that breaks {told['broken']}" in result.stdout
        manifest = json.loads((output / "manifest.json").read_text())
        assert manifest["parameters"] == {"check": told["broken"]}
        moves = [action["transition"] for step in told["steps"] for action in step["actions"] if "transition" in action]
        rows = (output / "transitions.csv").read_text().splitlines()[1:]
        assert [row.split(",")[7] for row in rows] == moves
        assert (output / "steps.json").read_bytes() == steps.read_bytes()
        played += 1
    assert played >= 10


def test_scripts_of_what_breaks_a_question_pass(asked, tmp_path):
    _, folder = asked
    for name in ("two-way-handshake", "time-wait-without-restart", "attacker-against-rfc-793"):
        assert replay(folder / f"{name}.json", tmp_path / name).returncode == 0
        scripts = [str(tmp_path / name / script) for script in ("a.pkt", "b.pkt")]
        result = subprocess.run(
            [str(program("packetdrill")), *scripts], capture_output=True, text=True, timeout=120, check=False
        )
        assert result.returncode == 0 and "2 passed" in result.stdout, result.stdout


@pytest.mark.parametrize("change, says", [
    (lambda told: told["steps"][2]["actions"][0].update(transition="T99"), "step 3"),
    (lambda told: told["steps"][2]["actions"].pop(), "instead of 'nothing more'"),
    (lambda told: told["hosts"][1]["attributes"].pop("TwoWayHandshake"), "ns-3 differs"),
    (lambda told: next(step for step in told["steps"] if "packet" in step).update(packet=99), "no packet 99"),
])  # fmt: skip
def test_a_replay_tells_where_ns3_differs(asked, tmp_path, change, says):
    told = json.loads((asked[1] / "two-way-handshake.json").read_text())
    change(told)
    (tmp_path / "changed.json").write_text(json.dumps(told))
    result = replay(tmp_path / "changed.json", tmp_path / "run")
    assert result.returncode == 1
    assert says in result.stdout and result.stdout.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": 2}', '{"schema": 1, "broken": 3}'])
def test_a_replay_refuses_what_are_no_steps(tmp_path, text):
    (tmp_path / "steps.json").write_text(text)
    result = replay(tmp_path / "steps.json", tmp_path / "run")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1 and "steps.json" in result.stderr
    assert not (tmp_path / "run").exists()


def test_promises_are_asked_for_where_no_check_is_broken():
    kept = explore("--script=close", "--in-flight=2", "--loss=1", "--liveness")
    assert kept.returncode == 0 and "all promises are kept" in kept.stdout
    broken = explore("--a=open,close", "--b=listen,crash", "--in-flight=2", "--liveness")
    assert broken.returncode == 1 and "broken: close-ends" in broken.stdout


def test_a_search_goes_on_from_its_checkpoint_and_from_no_other(tmp_path):
    rules = ["--script=close", "--in-flight=2", "--loss=1"]
    file = tmp_path / "checkpoint"
    first = explore(*rules, "--worlds=5000", f"--checkpoint={file}")
    assert first.returncode == 3
    assert explore(*rules, f"--continue={file}").stdout == explore(*rules).stdout
    other = explore(*rules[:-1], f"--continue={file}")
    assert other.returncode == 2 and "of another search" in other.stderr
    file.write_bytes(file.read_bytes()[:-1])
    cut = explore(*rules, f"--continue={file}")
    assert cut.returncode == 2 and "not whole" in cut.stderr and cut.stderr.count("\n") == 1


def test_two_stacks_differ_in_what_inputs_show():
    same = explore("--differ", "rfc9293", "rfc9293")
    assert (same.returncode, same.stdout) == (0, "")
    result = explore("--differ", "rfc9293", "rfc9293+rfc1337=false+max-rto=2min")
    assert result.returncode == 1
    assert "Rfc1337: true, false: shown by" in result.stdout and "[P25 P30 R-66]" in result.stdout
    assert "MaxRto: 1min, 2min: not asked" in result.stdout
    wrong = explore("--differ", "rfc9293", "rfc9293+fly=true")
    assert wrong.returncode == 2 and "'fly'" in wrong.stderr


@pytest.mark.parametrize("limit, why", [("--worlds=1000", "--worlds"), ("--megabytes=1", "1 megabytes")])
def test_a_limit_says_how_far_nothing_is_broken(limit, why):
    result = explore("--script=again", "--data=1", limit)
    assert result.returncode == 3
    assert why in result.stdout and "no check is broken within the first" in result.stdout


def test_ctrl_c_says_how_far_nothing_is_broken_and_keeps_it(tmp_path):
    rules = ["--script=again", "--data=2", "--loss=2", "--duplicates=2"]
    command = [str(PROGRAM), *rules, f"--checkpoint={tmp_path / 'checkpoint'}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()  # the search begins
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "interrupted: no check is broken within the first" in output
    again = explore(*rules, f"--continue={tmp_path / 'checkpoint'}", "--worlds=1")
    assert again.returncode == 3 and "stopped by --worlds" in again.stdout


def test_a_report_that_cannot_be_written_is_no_success():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [str(PROGRAM), "--script=handshake"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False
        )
    assert result.returncode == 1 and "could not be written" in result.stderr


@pytest.mark.parametrize("behind", [0, 2, 4])
def test_the_folder_may_stand_anywhere_among_the_options(behind, folder):
    result = subprocess.run([ROOT / "lab", "explore", *PHANTOM[:behind], "-o", folder, *PHANTOM[behind:]],
                            capture_output=True, text=True, timeout=300, check=False)  # fmt: skip
    assert result.returncode == 1, result.stderr
    assert "ns-3 does the same" in result.stdout
    assert (folder / "ladder.txt").read_text(encoding="utf-8") in result.stdout


def test_a_folder_that_is_not_named_is_asked_for():
    result = subprocess.run([ROOT / "lab", "explore", *PHANTOM, "-o"], capture_output=True, text=True, timeout=300, check=False)
    assert (result.returncode, result.stderr) == (2, "lab: explore -o needs a folder.\n")
