"""One colour per TCP state, and the common look of every figure."""

from __future__ import annotations

STATES = (
    "CLOSED",
    "LISTEN",
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSE-WAIT",
    "CLOSING",
    "LAST-ACK",
    "TIME-WAIT",
)

# Okabe and Ito's palette, extended with Tol's wine, a brown and two greys. Opening is blue, the active
# close runs from yellow to purple, the passive close is brown and wine. Each figure names the
# states as well, so that no reader depends on colour alone.
STATE_COLOUR = {
    "CLOSED": "#ffffff",
    "LISTEN": "#bdbdbd",
    "SYN-SENT": "#56b4e9",
    "SYN-RECEIVED": "#0072b2",
    "ESTABLISHED": "#009e73",
    "FIN-WAIT-1": "#f0e442",
    "FIN-WAIT-2": "#e69f00",
    "CLOSE-WAIT": "#a6845b",
    "CLOSING": "#d55e00",
    "LAST-ACK": "#882255",
    "TIME-WAIT": "#cc79a7",
}

INK = "#222222"
QUIET = "#8a8a8a"
FAINT = "#dcdcdc"
LOSS = "#c1272d"
HOST_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def text_colour(background: str) -> str:
    """Black or white, whichever reads better on `background` (``#rrggbb``)."""
    red, green, blue = (int(background[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 130 else "#ffffff"
