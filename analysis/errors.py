"""The one error a user may see: a clear sentence about the input."""


class BadInput(Exception):
    """What is wrong with which input, and what was expected; becomes exit status 2."""
