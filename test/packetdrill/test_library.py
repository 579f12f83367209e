"""Our own scripts: all pass, over IPv4 and IPv6, and none of their mutants does."""

import os
import re
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.pkt"))
PACKET = re.compile(r"^(\S+) > ((?:[\[(][^\])]*[\])] )*)(\S+) (\d+):(\d+)\((\d+)\)(!?)( ack (\d+))?(.*)$")
COUNT = re.compile(r"^(.*grep -c \w+ \| grep )(\d+)`$")
RESULT = re.compile(r"^(.* = )(-?\d+)( E[A-Z]+)?$")
SO_ERROR = re.compile(r"^(.*, SO_ERROR, \[)(\w+)(\].*)$")
ASSERTION = re.compile(r"^(\S+ %\{ assert )([^,]+)(, \w+)? \}%$")
KINDS = {"flags", "codepoint", "ece", "cwr", "seq", "length", "ack", "time", "missing", "twice", "count"}
KINDS |= {"result", "errno", "so_error", "assertion"}
CODEPOINT = re.compile(r"\[(noecn|ect0|ect1|ce)\]")
ID = r"(?:[PT]\d+(?:\.\w\w)?|R-\d+)"


def test_there_are_scripts():
    assert len(SCRIPTS) >= 250


@pytest.mark.parametrize("version", ["ipv4", "ipv6"])
def test_all_pass(play_folder, version):
    status, output = play_folder(SCRIPTS[0].parent, "--strict-tail", f"--ip-version={version}")
    assert (status, output) == (0, [f"{len(SCRIPTS)} passed, 0 failed, 0 skipped"])


def test_each_says_what_it_covers():
    ids = rf"{ID}(?:,(?: |\n// ){ID})*\n"
    head = re.compile(rf"(?:// Covers {ids})?(?:// Near miss of {ids})?(?<=\n)// (?!Covers|Near miss)")
    for path in SCRIPTS:
        text = path.read_text(encoding="ascii")
        assert head.match(text), path.name
        assert "--tolerance_usecs=1000 --tolerance_percent=0" in text, path.name


def test_no_two_differ_only_in_numbers():
    seen = {}
    for path in SCRIPTS:
        lines = path.read_text(encoding="ascii").splitlines()
        shape = re.sub(r"\d+", "0", "\n".join(line for line in lines if not line.startswith("//")))
        assert shape not in seen, f"{path.name} and {seen[shape]}"
        seen[shape] = path.name


def without_packet(lines, number):
    return lines[:number] + lines[number + 1 :]


def mutants_of_packet(line):
    """Pairs of a name and the line with one expectation changed."""
    time, annotations, flags, begin, end, length, absolute, ack, number, rest = PACKET.match(line).groups()

    def packet(time=time, annotations=annotations, flags=flags, begin=begin, end=end, length=length, ack=ack):
        return f"{time} > {annotations}{flags} {begin}:{end}({length}){absolute}{ack or ''}{rest}"

    yield "flags", packet(flags=flags.replace("P", "") if "P" in flags else "P" + flags)
    if codepoint := CODEPOINT.search(annotations):
        other = "[ce]" if codepoint[0] == "[noecn]" else "[noecn]"
        yield "codepoint", packet(annotations=annotations.replace(codepoint[0], other))
        for bit, name in (("E", "ece"), ("W", "cwr")):
            yield name, packet(flags=flags.replace(bit, "") if bit in flags else flags + bit)
    if not flags.startswith("S"):  # of a SYN the runner learns it
        yield "seq", packet(begin=int(begin) + 1, end=int(end) + 1)
    yield "length", packet(end=int(end) + 1, length=int(length) + 1)
    if number:
        yield "ack", packet(ack=f" ack {int(number) + 1}")
    if time.startswith("+"):
        yield "time", packet(time=f"+{float(time[1:]) + 0.002:.3f}")


def mutants(lines):
    """One of each kind a script, at the last line where it can be; and one for each line left out."""
    found = {}
    for number, line in enumerate(lines):
        if PACKET.match(line):
            for kind, mutant in mutants_of_packet(line):
                found[kind] = lines[:number] + [mutant] + lines[number + 1 :]
            if line.startswith("+0 >"):  # without a later one, the script may end before it is sent
                found["missing"] = without_packet(lines, number)
            found["twice"] = lines[: number + 1] + lines[number:]
        elif match := COUNT.match(line):
            found["count"] = lines[:number] + [f"{match[1]}{int(match[2]) + 1}`"] + lines[number + 1 :]
        elif match := ASSERTION.match(line):
            found["assertion"] = lines[:number] + [f"{match[1]}not ({match[2]}) }}%"] + lines[number + 1 :]
        elif (match := RESULT.match(line)) and "socket(" not in line and "accept(" not in line:
            kind = "errno" if match[3] else "result"
            wrong = f"{match[1]}{match[2]} ENOSYS" if match[3] else f"{match[1]}{int(match[2]) + 1}"
            found[kind] = lines[:number] + [wrong] + lines[number + 1 :]
            if match := SO_ERROR.match(line):
                wrong = f"{match[1]}{1 if match[2] == '0' else 'ENOSYS'}{match[3]}"
                found["so_error"] = lines[:number] + [wrong] + lines[number + 1 :]
    return found


def test_no_mutant_passes(play_folder, tmp_path):
    """Each eighth of them, other ones of each script; `--full` plays all, four minutes."""
    step = 1 if "LIFECYCLE_FULL" in os.environ else 8
    count = played = 0
    kinds = set()
    for path in SCRIPTS:
        lines = path.read_text(encoding="ascii").splitlines()
        made = mutants(lines)
        assert made, f"nothing in {path.name} can be changed"
        for kind, mutant in made.items():
            if count % step == 0:
                (tmp_path / f"{path.stem}--{kind}.pkt").write_text("\n".join(mutant) + "\n", encoding="ascii")
                played += 1
            count += 1
        kinds |= made.keys()
    assert kinds == KINDS
    assert count > 4 * len(SCRIPTS)
    status, output = play_folder(tmp_path, "-v", "--strict-tail")
    assert [line for line in output if line.endswith(": passed")] == []
    assert output[-1] == f"0 passed, {played} failed, 0 skipped"
    assert status == 1
