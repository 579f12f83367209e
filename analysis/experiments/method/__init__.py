"""How an experiment is declared, carried out, judged and told. The experiments themselves stand in the folder above."""
