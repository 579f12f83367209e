"""Writing SVG: elements whose places are given in inches, as the figures lay them out."""

from __future__ import annotations

from html import escape

UNITS = 100  # of a drawing, to the inch
FONT = 9  # units high


def units(inches: float) -> str:
    """A length as it stands in SVG."""
    text = f"{inches * UNITS:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, content: str = "", **attributes: str | int | float | None) -> str:
    """An element. A float is a length in inches; ``class_`` is written ``class``, ``data_k`` ``data-k``; None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{units(value) if isinstance(value, float) else escape(str(value))}"'
        for key, value in attributes.items() if value is not None)  # fmt: skip
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def line(x1: float, y1: float, x2: float, y2: float, kind: str, **more: str | int | float | None) -> str:
    return tag("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=kind, **more)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start", turn_deg: float = 0) -> str:
    """One line of text; `y` is its middle, and it is turned around (`x`, `y`)."""
    turned = f"rotate({turn_deg:.1f} {units(x)} {units(y)})" if turn_deg else None
    return tag("text", escape(words), x=float(x), y=float(y), dy=".35em", class_=kind or None,
               text_anchor=None if anchor == "start" else anchor, transform=turned)  # fmt: skip


def drawing(content: list[str], left: float, top: float, width: float, height: float, kind: str, label: str) -> str:
    """A whole picture, of which `label` says what it shows."""
    box = " ".join(units(length) for length in (left, top, width, height))
    return tag("svg", "".join(content), viewBox=box, width=float(width), height=float(height), class_=kind, role="group", aria_label=label)


def cross(x: float, y: float, half: float, kind: str) -> str:
    return tag("path", d=f"M{units(x - half)} {units(y - half)}l{units(2 * half)} {units(2 * half)}"
                         f"m0 {units(-2 * half)}l{units(-2 * half)} {units(2 * half)}", class_=kind)  # fmt: skip
