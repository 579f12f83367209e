"""What the fuzzers of texts start from: the texts that stand in our sources, and the words of the readers."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LITERAL = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'([^'\n]*)'|`([^`\n]*)`")
SENTENCE = re.compile(r"(?:[A-Za-z][\w-]*->[A-Za-z][\w-]*|any): ")
OPTION = re.compile(r"--[a-z][a-z0-9-]*(?:=(?:'[^'\n]*'|[^\s'\"`\\,;)]*))?")
WORD = re.compile(r"[A-Za-z][\w:.-]{1,40}")

# Where those words are, by fuzzer.
READERS = {
    "rules": ["model/link/segment-rule-text.cc", "model/link/word-reader.cc"],
    "injections": ["model/link/injection-text.cc", "model/link/word-reader.cc", "model/core/state.cc"],
    "packetdrill": ["helper/packetdrill/lexer.cc", "helper/packetdrill/parser.cc",
                    "helper/packetdrill/parse-packet.cc"],
    "options": ["helper/scenario/options.cc", "helper/scenario/option-text.cc", "model/link/lifecycle-impairments.h",
                "model/core/option-rows.h", "model/core/stack-config.h"],
}


def source_texts() -> list[str]:
    files = [path for folder, suffixes in (("doc", (".rst", ".md")), ("test", (".cc", ".py")), ("analysis", (".py",)),
                                           ("examples", (".cc", ".toml")))
             for path in sorted((ROOT / folder).rglob("*")) if path.suffix in suffixes]
    return [path.read_text(encoding="utf-8") for path in files]


def literals(text: str) -> list[str]:
    found = (next(group for group in match.groups() if group is not None) for match in LITERAL.finditer(text))
    return [literal.strip("\"'") for literal in found]


def texts_for(name: str) -> list[str]:
    """What fuzzer @p name reads, as it stands in documents, tests and examples."""
    if name == "packetdrill":
        return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "test/packetdrill/scripts").glob("*.pkt"))]
    if name == "options":
        lines = [[option.replace("'", "") for option in OPTION.findall(line)]
                 for text in source_texts() for line in text.splitlines()]
        return sorted({"\n".join(options) for options in lines if options})
    if name in READERS:
        return sorted({text for source in source_texts() for text in literals(source) if SENTENCE.search(text)})
    return []


def words_for(name: str) -> list[str]:
    """Words that the reader knows, for libFuzzer's -dict."""
    found = {word for file in READERS.get(name, [])
             for word in literals((ROOT / file).read_text(encoding="utf-8")) if WORD.fullmatch(word)}
    kebab = {re.sub("(?<!^)([A-Z])", r"-\1", word).lower() for word in found} if name == "options" else set()
    return sorted(found | {f"--{word}=" for word in kebab})
