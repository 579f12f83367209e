"""Reads run folders (doc/run-folder.rst) and draws them; never links the library."""
