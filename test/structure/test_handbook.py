"""The handbook names only what exists, has a place for each page, does what it quotes, and builds without a warning."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from conformance import ROOT

from analysis.base import citations, requirements
from analysis.experiments.method import catalogue
from analysis.figures.method import figure

sys.path.append(str(ROOT / "doc"))
import commands  # noqa: E402

PAGE = ROOT / "doc" / "teaching-errors.rst"
ROW = re.compile(r"   \* - (.*)\n     - (.*)\n     - (.*)\n")
NAMED = re.compile(r":(experiment|test):`([^`]*)`")


def rows():
    """Claim, what the standard says, what shows it; of each error."""
    head, *errors = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert head == ("claim", "what the standards say", "shown by")
    assert len(errors) > 25
    return errors


def names_of_tests():
    return {
        ".".join(head.groups())
        for path in citations.files_of_tests()
        for head in citations.CPP_TEST.finditer(path.read_text(encoding="utf-8"))
    }


def test_each_teaching_error_is_refuted_by_what_exists():
    known = {"experiment": set(catalogue.names()), "test": names_of_tests()}
    assert all(known.values())
    wrong = [f"{claim}: nothing" for claim, _, shown in rows() if not NAMED.search(shown)]
    wrong += [f"{claim}: {name}" for claim, _, shown in rows() for kind, name in NAMED.findall(shown) if name not in known[kind]]
    assert wrong == []


def test_each_error_that_an_experiment_refutes_names_it():
    """What an experiment says it refutes stands in the table, with that experiment."""
    shown_by = {claim.replace("``", "`"): dict.fromkeys(name for _, name in NAMED.findall(shown)) for claim, _, shown in rows()}
    refuted = {(name, re.match(r'"[^"]*"', text)[0]) for name in catalogue.names() for text in catalogue.load(name).refutes}
    assert refuted
    assert sorted((name, claim) for name, claim in refuted if name not in shown_by.get(claim, {})) == []


# ---- a place for each page


def test_each_page_stands_in_one_of_the_four_parts():
    index = (ROOT / "doc" / "index.rst").read_text(encoding="utf-8")
    trees = re.findall(r":caption: (.*)\n(?:   :.*\n)*\n((?:   .*\n)+)", index)
    assert [part for part, _ in trees] == ["Tutorial", "How-to guides", "Reference", "Explanation"]
    listed = [page.stem for _, lines in trees for name in lines.split() for page in (ROOT / "doc").glob(f"{name}.*") if page.suffix in (".rst", ".md")]
    pages = [page.stem for page in (ROOT / "doc").iterdir() if page.suffix in (".rst", ".md") and page.stem != "index"]
    assert sorted(listed) == sorted(pages)


def test_each_figure_is_explained_with_a_picture():
    page = (ROOT / "doc" / "figures.rst").read_text(encoding="utf-8")
    sections = re.split(r"^\.\. _figure-(.*):$", page, flags=re.MULTILINE)[1:]
    explained = {name: text for name, text in zip(sections[::2], sections[1::2])}
    assert figure.names() and sorted({*figure.names(), "lines", "heat-map"} - explained.keys()) == []
    assert [name for name, text in explained.items() if ".. figure::" not in text or "\n- " not in text] == []


# ---- what it quotes


def page_of(*lines):
    return "\n".join(["Text.", "", ".. code-block:: console", "", *(f"   {line}".rstrip() for line in lines), "", "More text.", ""])


@pytest.mark.parametrize("lines, told", [
    (["$ echo one", "two"], "line 5: 'echo one' prints something else:"),
    (["$ echo one", "one", "", "$ echo two; echo three", "two"], "line 8: 'echo two; echo three' prints something else:"),
    (["$ echo one", "...", "two"], "line 5: 'echo one' prints something else:"),
    (["$ echo it is wrong >&2; false"], "line 5: 'echo it is wrong >&2; false' ended with 1:\nit is wrong"),
    (["$ cat no-such-file || exit 3"], "ended with 3:"),
])  # fmt: skip
def test_a_command_that_does_something_else_is_found(tmp_path, lines, told):
    with pytest.raises(commands.Wrong) as wrong:
        commands.play(page_of(*lines), tmp_path)
    assert told in str(wrong.value)


def test_commands_are_run_in_order_with_the_files_that_the_page_has(tmp_path):
    file = "\n.. code-block:: toml\n   :caption: one.toml\n\n   a = 1\n\n   b = 2\n\n"
    page = page_of("$ mkdir there", "$ cd there") + file + page_of("$ cat one.toml", "a = 1", "", "b = 2", "$ seq 1 \\", "    9", "1", "...", "9")
    assert commands.play(page, tmp_path) == 4
    assert (tmp_path / "there" / "one.toml").read_text() == "a = 1\n\nb = 2\n"


def test_what_it_tells_to_type_does_what_it_quotes(tmp_path):
    """The tutorial and the how-to guides, as a reader would."""
    done = subprocess.run([sys.executable, str(ROOT / "doc" / "commands.py"), str(tmp_path / "played")], capture_output=True, text=True,
                          timeout=600, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


# ---- its pages


def addresses_that_lead_nowhere(html):
    """Links within the handbook to a page or an anchor that it has not."""
    pages = {page.name: page.read_text(encoding="utf-8") for page in html.glob("*.html")}
    anchors = {name: {"", *re.findall(r'\bid="([^"]*)"', text)} for name, text in pages.items()}
    links = [(name, *link) for name, text in pages.items() for link in re.findall(r'href="([\w.-]*\.html|)(?:#([^"]*))?"', text)]
    return sorted({f"{name}: {page}#{anchor}" for name, page, anchor in links if anchor not in anchors.get(page or name, ())})


@pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="takes some minutes: ./lab test --full")
def test_the_handbook_builds_without_a_warning():
    result = subprocess.run([str(ROOT / "lab"), "docs"], capture_output=True, text=True, timeout=900, check=False)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    html = ROOT / "build" / "docs" / "html"
    assert (html / "index.html").is_file()
    ids = (html / "ids.html").read_text(encoding="utf-8")
    assert [row.id for row in requirements.everything() if f'<section id="{row.id}">' not in ids] == []
    assert addresses_that_lead_nowhere(html) == []
    anchors = (html / "run-folder.html").read_text(encoding="utf-8")
    described = json.loads((ROOT / "build" / "docs" / "lifecycle-run.json").read_text(encoding="utf-8"))
    assert [metric["name"] for metric in described["metrics"] if f'id="metric-{metric["name"]}"' not in anchors] == []
    named = {name for page in html.glob("*.html") for name in re.findall(r'"(?:ids\.html)?#([TPRDE]-?\d[\w.]*)"', page.read_text(encoding="utf-8"))}
    assert named and named <= {row.id for row in requirements.everything()}
    assert '"tutorial"' in (html / "searchindex.js").read_text(encoding="utf-8")


@pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="takes some minutes: ./lab test --full")
def test_no_page_is_wider_than_a_small_screen():
    """Of the pages that the build above has written."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed: ./lab test --full installs it")
    if not shutil.which("chromedriver"):
        pytest.skip("chromium-driver is not installed: ./lab test --full installs it")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1000,900"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options)
    try:
        wider = {}
        for page in sorted((ROOT / "build" / "docs" / "html").glob("*.html")):
            driver.get(page.as_uri())
            needs, has = driver.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            if needs > has:
                wider[page.name] = needs - has
        assert wider == {} and driver.current_url.endswith(".html")
    finally:
        driver.quit()
