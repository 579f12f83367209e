"""Reads run folders (doc/run-folder.rst) and draws them, and says what the ids of doc/requirements.md mean; never links the library."""
