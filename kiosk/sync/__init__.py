"""Bringing operations to the registry and its word back, whatever the line does."""
