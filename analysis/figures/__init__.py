"""Figures of run folders: each file here is one, and named as the file; `method` finds, names and writes them. It imports `base` alone."""
