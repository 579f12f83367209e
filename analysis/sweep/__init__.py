"""Parameter sweeps: planned from a file, run by an engine, kept in one SQLite store."""
