"""`./lab help VERB` and `./lab VERB --help` tell all about a verb, in the same words."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
BIN = ROOT / "build" / "bin"
ENVIRONMENT = {**os.environ, "COLUMNS": "100"}
TEXT = LAB.read_text(encoding="utf-8")
HANDED_OVER = re.search(r'^handed_over="(.*)"$', TEXT, re.MULTILINE)[1].split()
# Beside --help, which each verb has.
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")


def lab(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([LAB, *words], env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False)


def verbs() -> list[str]:
    named = [line.split()[0] for line in lab("help").stdout.splitlines() if re.match("  [a-z]", line)]
    return list(dict.fromkeys(named))


def test_a_verb_that_there_is_not():
    for words, told in ((["help", "dance"], "'dance'"), (["dance", "--help"], "'dance'"), (["help", "why", "plot"], "'why plot'")):
        done = lab(*words)
        assert done.returncode == 2 and not done.stdout and told in done.stderr


def own_options(verb: str) -> set[str]:
    """Those that `lab` itself reads, in the patterns of a `case` of the verb's function."""
    body = re.search(rf"^verb_{verb.replace('-', '_')}\(\)\n\{{\n(.*?)^\}}$", TEXT, re.MULTILINE | re.DOTALL)[1]
    patterns = re.findall(r"^\s+(-[^()]*)\)", body, re.MULTILINE)
    return {option for pattern in patterns for option in OPTION.findall(pattern)}


def options_of_parser(verb: str, monkeypatch) -> set[str]:
    """Those that argparse reads for a verb of `analysis`, or for one of its verbs."""
    parsers: list[argparse.ArgumentParser] = []
    with monkeypatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_args", lambda parser, _=None: parsers.append(parser) or parser.exit())
        from analysis.__main__ import VERBS

        with pytest.raises(SystemExit):
            import_module(f"analysis.{VERBS[verb]}").main([])
    actions = []
    for parser in parsers:  # it grows
        actions += parser._actions  # there is no public way to ask
        for action in parser._actions:
            parsers += (action.choices or {}).values() if isinstance(action, argparse._SubParsersAction) else ()
    return {option for action in actions for option in action.option_strings}


def options_of_program(verb: str) -> set[str]:
    if verb == "run":
        told = json.loads(subprocess.run([BIN / "lifecycle-run", "--describe=json"], capture_output=True, check=True).stdout)
        return {f"--{option['name']}" for option in told["parameters"]} | {"--config", "--version", "--describe", "--serve", "--print-config"}
    if verb == "explore":
        own = re.search(r"OWN\{(.*?)\};", (ROOT / "explore/arguments.cc").read_text(encoding="utf-8"), re.DOTALL)[1]
        return {f"--{name}" for name in re.findall(r'"([\w-]+)"', own)}
    if verb == "live":
        main = (ROOT / "examples/live-peer/main.cc").read_text(encoding="utf-8")
        return {f"--{name}" for name in re.findall(r'AddValue\("(\w+)"', main)} | {"--shell"}
    main = (ROOT / "examples/packetdrill/main.cc").read_text(encoding="utf-8")
    return set(re.findall(r'"(--?[\w-]+)"', main)) - {"-", "--"}


@pytest.mark.parametrize("verb", verbs())
def test_both_ways_tell_the_same_and_name_each_option(verb, monkeypatch):
    told, other = lab("help", verb), lab(verb, "--help")
    assert (told.returncode, other.returncode) == (0, 0), told.stderr + other.stderr
    assert told.stdout == other.stdout == lab(verb, "-h").stdout
    assert told.stdout.startswith(f"  {verb}")
    options = own_options(verb)
    if verb in HANDED_OVER:
        from analysis.__main__ import VERBS

        in_analysis = verb in VERBS and verb != "run"
        found = options_of_parser(verb, monkeypatch) if in_analysis else options_of_program(verb)
        assert found
        options |= found
    named = set(OPTION.findall(told.stdout))
    assert sorted(options - named - {"-h", "--help"}) == []


def test_a_verb_that_has_options_is_found_to_have_them(monkeypatch):
    """That the test above looks at something."""
    assert {"--full", "--seed", "--newer", "-j"} <= own_options("test")
    assert {"--only", "--format", "-o"} <= options_of_parser("plot", monkeypatch)
    assert {"--engine", "--shard", "--failed", "--results"} <= options_of_parser("sweep", monkeypatch)
    assert {"--loss", "--rules"} <= options_of_program("live")
    assert {"--strict-tail", "-D", "-v"} <= options_of_program("packetdrill")
    assert {"--script", "--in-flight"} <= options_of_program("explore")
