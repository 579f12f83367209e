"""Guards the architecture: who may include whom, what a public header may be, how sources are cited.

Each test first makes sure that it found something to look at, so that none passes on an empty list.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NS3_HEADERS = Path("/usr/include/ns3")

# What each part may include of the others, and which libraries besides the standard one. None: any.
# The record locks its folder, which the standard library cannot.
# The link's pure model and its ns-3 channel share a folder; the channel's files start with `impaired-`.
PARTS = {
    "core": ({"core"}, set()),
    "graph": ({"core", "graph"}, {"boost"}),
    "record": ({"core", "record"}, {"nlohmann", "sys"}),
    "link": ({"core", "link"}, {"arpa"}),
    "wire": ({"core", "wire"}, None),
    "channel": ({"core", "link", "wire", "channel"}, None),
    "stack": ({"core", "link", "wire", "channel", "stack"}, None),
    "traffic": ({"core", "link", "wire", "channel", "stack", "traffic"}, None),
    "recording": ({"core", "link", "wire", "channel", "record", "stack", "traffic", "recording"}, None),
    "helper": ({"core", "link", "wire", "channel", "record", "stack", "traffic", "recording", "helper"}, None),
    "scenario": ({"core", "link", "wire", "channel", "record", "stack", "traffic", "helper", "scenario"}, None),
    "packetdrill": ({"core", "wire", "stack", "helper", "packetdrill"}, None),
}

# The helpers of a part that stands upon the other helpers.
FRONTS = {
    "lifecycle-scenario-helper": "scenario",
    "lifecycle-program-helper": "scenario",
    "lifecycle-packetdrill-helper": "packetdrill",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)


def project_files():
    """All files of the project, those not yet added to git included; build products are not."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]
    command += ["--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    assert files
    return files


def listed(faults):
    return "\n" + "\n".join(faults)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def cpp_files():
    files = [path for path in project_files() if path.suffix in (".h", ".cc")]
    assert files
    return files


def part_of(path):
    """The part of PARTS that a file belongs to; None for examples, tests and the like."""
    folder = name_of(path.parent)
    if folder == "model/link":
        return "channel" if path.name.startswith("impaired-") else "link"
    if folder == "helper" and path.stem in FRONTS:
        return FRONTS[path.stem]
    part = folder.rpartition("/")[2]
    return part if folder in (f"model/{part}", "helper", f"helper/{part}") and part in PARTS else None


def files_of(part):
    files = [path for path in cpp_files() if part_of(path) == part]
    assert files, f"nothing found of {part}"
    return files


def core_headers():
    return [path for path in files_of("core") if path.suffix == ".h"]


def public_headers():
    """What ns-3 copies into its own include folder."""
    headers = [path for part in ("traffic", "helper") for path in files_of(part)]
    headers += [path for path in files_of("channel") if path.stem == "impaired-channel"]
    named = [path for part in ("link", "stack", *FRONTS.values()) for path in files_of(part)]
    headers += [path for path in set(named) if path.name.startswith("lifecycle-")]
    headers = [path for path in headers if path.suffix == ".h"]
    assert headers
    return headers


def includes(path):
    """Pairs of bracket and name: `('"', 'state.h')`."""
    return INCLUDE.findall(text_of(path))


def compile_errors(headers, standard, *options):
    """What the compiler says about files that include one of the headers and nothing else."""

    def check(header):
        command = ["g++", f"-std={standard}", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *options]
        result = subprocess.run(
            [*command, "-x", "c++", "-"], input=f'#include "{header}"\n', capture_output=True, text=True
        )
        return f"{name_of(header)}, {standard}:\n{result.stderr}" if result.returncode else None

    assert headers
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [error for error in pool.map(check, headers) if error]


# ---- who includes whom


def test_every_source_belongs_to_a_known_part():
    sources = [path for path in cpp_files() if name_of(path).startswith(("model/", "helper/"))]
    assert [name_of(path) for path in sources if part_of(path) is None] == []
    assert {part_of(path) for path in sources} >= PARTS.keys() - {"graph"}


def test_core_includes_only_the_standard_library_and_itself():
    wrong = []
    for path in files_of("core"):
        for bracket, name in includes(path):
            standard = bracket == "<" and re.fullmatch(r"[a-z_]+", name)
            own = bracket == '"' and "/" not in name and (path.parent / name).is_file()
            if not standard and not own:
                wrong.append(f"{name_of(path)} includes {name}")
    assert not wrong, listed(wrong)


def test_parts_include_only_what_stands_below_them():
    public = {path.name: path for path in public_headers()}
    wrong = []
    for path in (path for path in cpp_files() if part_of(path)):
        allowed, libraries = PARTS[part_of(path)]
        for bracket, name in includes(path):
            first = name.split("/")[0]
            target = (path.parent / name).resolve()
            if first == "ns3" and Path(name).name in public:
                target = public[Path(name).name]
            if bracket == '"' and target.is_file():
                if part_of(target) not in allowed:
                    wrong.append(f"{name_of(path)} includes {name_of(target)}")
            elif bracket == '"' and first != "ns3":
                wrong.append(f"{name_of(path)} includes {name}, which is not there")
            elif "/" in name and libraries is not None and first not in libraries:
                wrong.append(f"{name_of(path)} includes {name}")
    assert not wrong, listed(wrong)


def includes_of_private(path):
    """What a file includes that an ns-3 user could not: neither a public header nor its neighbour in the folder."""
    quoted = [name for bracket, name in includes(path) if bracket == '"' and not name.startswith("ns3/")]
    return [name for name in quoted if "/" in name or not (path.parent / name).is_file()]


def test_examples_include_nothing_private():
    examples = [path for path in cpp_files() if name_of(path).startswith("examples/")]
    wrong = [f"{name_of(path)} includes {name}" for path in examples for name in includes_of_private(path)]
    assert "lifecycle-minimal" in {path.parent.name for path in examples}
    assert not wrong, listed(wrong)


def test_only_its_tests_include_the_language_of_packetdrill():
    users = {name_of(path.parent) for path in cpp_files() if part_of(path) != "packetdrill"
             for _, name in includes(path) if (path.parent / name).resolve().parent == ROOT / "helper/packetdrill"}
    assert users == {"test/fuzz", "test/packetdrill"}


# ---- who reaches into whom

PUBLIC_TYPE = re.compile(r"(Lifecycle|Impaired)\w+|LinkImpairments")
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
CLASS = re.compile(r"^ *(?:class|struct) (?:\w+::)*(\w+)[^;{]*\{", re.MULTILINE)
PRIVATE_NAME = re.compile(r"(?:\.|->)(m_\w+)")


def code_of(text):
    """Without comments and strings."""
    return COMMENT_OR_TEXT.sub("", text)


def members_by_class(texts):
    """What is named m_... in each text that begins a class, for all classes that begin there."""
    members = {}
    for text in texts:
        for name in CLASS.findall(text):
            members.setdefault(name, set()).update(re.findall(r"\bm_\w+", text))
    return members


def reaches_into_others(text, members):
    """Friends, and m_... of an object of a class that has no function in this text and does not begin there."""
    code = code_of(text)
    own = set(re.findall(r"\b(\w+)::~?\w+\(", code)) | set(CLASS.findall(code))
    known = set().union(*(members.get(name, set()) for name in own))
    friends = re.findall(r"\bfriend\b[^;{]*", code)
    return friends + [name for name in PRIVATE_NAME.findall(code) if name not in known]


def test_the_rule_of_private_members_itself():
    header = "class Driver\n{\n    int m_host;\n};\n"
    members = members_by_class([header, "class Socket\n{\n    int m_id;\n};\n"])
    assert reaches_into_others(header, members) == []
    assert reaches_into_others("Driver::Copy(const Driver& o)\n{\n    m_host = o.m_host; // s->m_id\n}\n", members) == []
    assert reaches_into_others("Driver::Copy(Socket* s)\n{\n    m_host = s->m_id;\n}\n", members) == ["m_id"]
    assert reaches_into_others("void\nFree(Driver& d)\n{\n    d.m_host = 1;\n}\n", members) == ["m_host"]
    assert reaches_into_others(header.replace("int", "friend class Socket;\n    int"), members) == ["friend class Socket"]


def test_no_class_of_the_stack_reaches_into_another():
    files = [path for part in ("stack", "traffic") for path in files_of(part)]
    members = members_by_class(code_of(text_of(path)) for path in files)
    assert {"HostDriver", "LifecycleSocket", "LifecycleL4Protocol"} <= members.keys()
    wrong = [f"{name_of(path)}: {name}" for path in files for name in reaches_into_others(text_of(path), members)]
    assert not wrong, listed(wrong)


def test_private_types_leave_the_namespace_of_ns3_alone():
    """What ns-3 users see is named Lifecycle... or Impaired...; all else has a namespace of its own."""
    headers = [path for part in ("wire", "channel", "stack", "traffic", "helper", "scenario") for path in files_of(part) if path.suffix == ".h"]
    shared = re.compile(r"^namespace ns3\n\{\n(.*?)^\} // namespace ns3$", re.MULTILINE | re.DOTALL)
    defined = re.compile(r"^(?:class|struct|enum class) (\w+)[^;{]*\{|^using (\w+) =", re.MULTILINE)
    found = {
        "".join(names): name_of(path)
        for path in headers
        for body in shared.findall(text_of(path))
        for names in defined.findall(body)
    }
    assert "LifecycleSocket" in found
    assert {name: file for name, file in found.items() if not PUBLIC_TYPE.fullmatch(name)} == {}


# ---- public headers


def test_public_headers_have_names_of_their_own():
    names = [path.name for path in public_headers()]
    assert [name for name in names if not name.startswith(("lifecycle-", "impaired-"))] == []
    assert sorted(names) == sorted(set(names)), "ns-3 puts all headers into one folder"


def test_no_header_takes_the_name_of_an_ns3_header():
    taken = {path.name for path in NS3_HEADERS.glob("*.h")}
    assert taken, f"no headers in {NS3_HEADERS}"
    assert [name_of(path) for path in core_headers() + public_headers() if path.name in taken] == []


def test_public_headers_include_no_private_header():
    public = {path.name for path in public_headers()}
    wrong = []
    for path in public_headers():
        for bracket, name in includes(path):
            if bracket == '"' and not name.startswith("ns3/") and name not in public:
                wrong.append(f"{name_of(path)} includes {name}")
    assert not wrong, listed(wrong)


def ns3_standard() -> str:
    """As what the build compiles all that knows ns-3."""
    commands = json.loads((ROOT / "build" / "compile_commands.json").read_text(encoding="utf-8"))
    command = next(entry["command"] for entry in commands if entry["file"].endswith("/lifecycle-socket.cc"))
    return re.search(r"-std=(\S+)", command)[1]


def test_public_headers_compile_alone():
    folder = ROOT / "build" / "include"
    copies = [folder / "ns3" / path.name for path in public_headers()]
    assert [path.name for path in copies if not path.is_file()] == [], "./lab test builds them first"
    errors = compile_errors(copies, ns3_standard(), f"-I{folder}")
    assert not errors, listed(errors)


def test_core_headers_compile_alone():
    errors = compile_errors(core_headers(), "c++17")
    assert not errors, listed(errors)


# ---- the state of a connection

WRITES_STATE = re.compile(r"\bm_state\s*=(?!=)|(?<!&)&m_state\b|\bswap\([^;]*\bm_state\b|\*this\s*=(?!=)")


def writers_of_state():
    """Pairs of a function of Connection and what it writes: `("MoveTo", "m_state =")`."""
    writers = []
    for path in files_of("core"):
        if path.name.startswith("connection"):
            function = ""
            for line in text_of(path).splitlines():
                begins = re.match(r"(?:\w.*)?Connection::(~?\w+)\(", line)
                function = begins.group(1) if begins else function
                code = line.split("//")[0]
                writers += [(function, match.group()) for match in WRITES_STATE.finditer(code)]
    return writers


def test_one_function_moves_a_connection_and_one_resumes_it():
    """All of it may be replaced in one place, by what was resumed in the state it is in."""
    assert sorted(writers_of_state()) == [
        ("MoveTo", "m_state ="),
        ("Resume", "m_state ="),
        ("Succeed", "*this ="),
    ]


# ---- citations

SECTION = r"\d+(?:\.\d+)*"
GOOD_CITATION = re.compile(rf"\bRFC \d{{3,4}} {SECTION}")
BAD_CITATIONS = (
    re.compile(rf"\bRFC[-_]?\d{{3,4}}[ ,:]+{SECTION}"),  # no space before the number
    re.compile(r"\bRFC[ -]?\d{3,4}[,:;]\s*\d+\.\d+"),  # a comma before the section
    re.compile(r"\bRFC[ -]?\d{3,4},?\s*\(?(?:[Ss]ections?|[Ss]ec\.?|[Cc]h\.|ss?\.?|\u00a7+)\s?\d"),
    re.compile(r"\b[Ss]ections? [\d.]+ (?:of|in) (?:the )?RFC\b"),
)


def bad_citations(text):
    return [match.group() for bad in BAD_CITATIONS for match in bad.finditer(text)]


def test_the_citation_rule_itself():
    number = "9293"
    for good in (" 3.10.7.4", "'s list", "", ", 3 segments", " Figure 5", " (1 of 2)"):
        assert bad_citations(f"RFC {number}{good}") == []
    for bad in (" section 3.10", " s3.10", ", 3.10", " Section 3", " (section 3.4)", " \u00a73.4"):
        assert bad_citations(f"RFC {number}{bad}"), bad
    assert bad_citations(f"RFC{number} 3.4") and bad_citations(f"Section 3.4 of RFC {number}")


def test_citations_have_one_form():
    suffixes = (".h", ".cc", ".py", ".rst", ".md", ".csv", ".txt")
    files = [path for path in project_files() if path.suffix in suffixes and path != Path(__file__)]
    wrong = [f"{name_of(path)}: {bad}" for path in files for bad in bad_citations(text_of(path))]
    assert any(GOOD_CITATION.search(text_of(path)) for path in files_of("core"))
    assert not wrong, listed(wrong)


# ---- tests


def test_each_suite_stands_in_one_folder():
    """In an ns-3 tree all of them are one program, where two fixtures of one name clash."""
    folders = {}
    for path in cpp_files():
        for suite in re.findall(r"^TEST(?:_F|_P)?\((\w+),", text_of(path), re.MULTILINE):
            folders.setdefault(suite, set()).add(name_of(path.parent))
    assert folders
    assert {suite: places for suite, places in folders.items() if len(places) > 1} == {}


# ---- files


def test_nothing_names_a_place_on_one_machine():
    place = re.compile(r"(?<![\w.~-])/(?:work|home|root)/|\.\./shared\b")
    wrong = []
    for path in project_files():
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if place.search(line):
                wrong.append(f"{name_of(path)}:{number}: {line.strip()}")
    assert not wrong, listed(wrong)


def test_cpp_is_ascii():
    assert [name_of(path) for path in cpp_files() if not path.read_bytes().isascii()] == []


def test_no_large_files():
    assert [name_of(path) for path in project_files() if path.stat().st_size > 1_000_000] == []


def test_the_connection_gives_up_what_is_an_idea_of_its_own():
    """Congestion control, keepalive, the receive side and the like are classes beside it, so that one can read it at a sitting."""
    lines = text_of(ROOT / "model/core/connection.h").count("\n")
    assert 100 < lines < 400
