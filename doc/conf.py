"""How Sphinx builds the handbook: `./lab docs` calls it, with what is generated in $LIFECYCLE_DOCS."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

project = "tcp-lifecycle"
author = "the tcp-lifecycle project"
extensions = ["myst_parser", "handbook"]
html_theme = "alabaster"
html_theme_options = {
    "page_width": "1360px",  # a code line of 120 columns beside the sidebar
    "body_max_width": "none",
    "code_font_size": "0.85em",
    "description": "The life and death of TCP connections",
}
html_static_path = ["handbook.css"]
html_css_files = ["handbook.css"]
html_show_copyright = False
smartquotes = False  # texts for the command line must stay what they are
nitpicky = True
