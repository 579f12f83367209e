"""The errors that a user can mend."""


class BadInput(Exception):
    """A file or an option is wrong; the message is one sentence that says what, where, and what was expected."""


class NothingToDraw(BadInput):
    """A figure of which there is nothing to be seen; others of the same folder or sweep may have something."""


class CannotWrite(Exception):
    """Something could not be written; the message names it and says why."""
