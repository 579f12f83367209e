"""How a figure is declared, found and written. The figures themselves stand in the folder above."""
