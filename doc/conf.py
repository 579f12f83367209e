"""How Sphinx builds the handbook: `./lab docs` calls it, with what is generated in $LIFECYCLE_DOCS."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "tcp-lifecycle"
author = "the tcp-lifecycle project"
extensions = ["myst_parser", "handbook"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "description": "The life and death of TCP connections"}
html_show_copyright = False
smartquotes = False  # texts for the command line must stay what they are
nitpicky = True
