"""The tables: their schemas, the Parquet store and its publish step, rejects, the run ledger, and read-only SQL."""
