"""A Dask cluster: connected to, and its workers checked."""
