"""The raw layer: committed exports as Parquet, and the few ways in which they may be changed afterwards."""
