"""Reads records in processes, any of which may die without harm to the others."""
