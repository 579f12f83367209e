"""The table of connections as experiments read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...base.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


def connections(folder: RunFolder, *columns: str) -> "pd.DataFrame":
    """These columns of all connections; listeners, which stand in the same table, are left out."""
    rows = folder.table("connections", [*columns, "role"])
    return rows[rows["role"] != "listener"]
