"""What has an id (R-17, T26, P31, D5, E08): a section for each, and a link to it wherever a page names it; so of other names with a place."""

import re
from functools import cache

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.transforms.post_transforms import SphinxPostTransform

from analysis.base import citations, requirements, why

PAGE = "ids"
SECTION_OF_RFC = re.compile(r"RFC (\d+) (\d+(?:\.\d+)*)")
NAMED = re.compile(rf"(?<![\w.-]){citations.ID}(?!\w)")
NO_LINK_IN = (nodes.literal_block, nodes.title, nodes.reference, nodes.raw, nodes.comment)


@cache
def known():
    return frozenset(row.id for row in requirements.everything())


# ---- a section for each


def with_rfcs(text):
    """A paragraph in which each section of an RFC leads there."""
    paragraph = nodes.paragraph()
    at = 0
    for match in SECTION_OF_RFC.finditer(text):
        paragraph += nodes.Text(text[at : match.start()])
        paragraph += nodes.reference("", match[0], refuri=f"https://www.rfc-editor.org/rfc/rfc{match[1]}#section-{match[2]}")
        at = match.end()
    paragraph += nodes.Text(text[at:])
    return paragraph


def body(text):
    """What a part says; lines of a table keep their shape."""
    found, table = [], []
    for line in [*text.split("\n"), ""]:
        if line.startswith("|"):
            table.append(line)
            continue
        if table:
            lines = "\n".join(table)
            found.append(nodes.literal_block(lines, lines, language="none"))
            table = []
        if line:
            found.append(with_rfcs(line))
    return found


def bullets(items):
    """Items are pairs of what is shown as code and what stands behind it."""
    listed = nodes.bullet_list()
    for code, rest in items:
        listed += nodes.list_item("", nodes.paragraph("", "", nodes.literal(code, code), nodes.Text(f" {rest}" if rest else "")))
    return listed


def field(name, *content):
    return nodes.field("", nodes.field_name(name, name), nodes.field_body("", *content))


def section(row):
    """All that is known of one id, as `lab why` tells it."""
    fields = nodes.field_list()
    for name, text in row.details:
        fields += field(name.replace("_", " "), *body(text))
    fields += field("stands in", with_rfcs("no standard" if row.source == "none" else row.source))
    shown = why.shown_by(row)
    for title, cases in shown.cases.items():
        fields += field(title, bullets((case.name, "" if case.is_script else f"in {case.file}") for case in cases))
    for sentence in shown.sentences:
        fields += field("but", nodes.paragraph(sentence, sentence))
    for title, lines in shown.mentions.items():
        fields += field(title, bullets((file, "") for file in sorted(lines)))
    return nodes.section("", nodes.title(row.id, row.id), fields, ids=[row.id], names=[row.id.lower()])


class Ids(Directive):
    """The sections of all ids that begin with the letter that is given."""

    required_arguments = 1

    def run(self):
        letter = self.arguments[0]
        rows = [row for row in requirements.everything() if row.id[0] == letter]
        if letter == "T":  # a group stands before its edges
            rows.sort(key=lambda row: (citations.number_of(row.id), row.id))
        assert rows, letter
        return [section(row) for row in rows]


# ---- links


class Links(SphinxPostTransform):
    """Makes a link of each id that a page names, and of each name with a place that stands as code: ``time-wait-mean@client``."""

    default_priority = 900
    places = {}  # page and anchor of a name

    def run(self, **_):
        if self.app.builder.format != "html":
            return
        for text in list(self.document.findall(nodes.Text)):
            parents = [text.parent, text.parent.parent, getattr(text.parent.parent, "parent", None)]
            if any(isinstance(parent, NO_LINK_IN) for parent in parents):
                continue
            if isinstance(text.parent, nodes.literal):
                if place := self.place(text.strip(), text.parent):
                    text.parent.replace_self(self.to(place, text.parent.deepcopy()))
                continue
            if NAMED.search(text):
                text.parent.replace(text, list(self.pieces(str(text))))

    def place(self, name, literal):
        """Page and anchor; None where the name has none, or is what stands there."""
        if name in known():
            return PAGE, name
        page, anchor = self.places.get(name.partition("@")[0], ("", ""))
        is_there = page == self.env.docname and isinstance(literal.parent, nodes.term)
        return (page, anchor) if page and not is_there else None

    def pieces(self, text):
        at = 0
        for match in NAMED.finditer(text):
            if match[0] in known():
                yield nodes.Text(text[at : match.start()])
                yield self.to((PAGE, match[0]), nodes.Text(match[0]))
                at = match.end()
        yield nodes.Text(text[at:])

    def to(self, place, shown):
        page, anchor = place
        address = "" if page == self.env.docname else self.app.builder.get_relative_uri(self.env.docname, page)
        return nodes.reference("", "", shown, internal=True, refuri=f"{address}#{anchor}", classes=["id"])


def setup(app, places):
    Links.places = places
    app.add_directive("ids", Ids)
    app.add_post_transform(Links)
