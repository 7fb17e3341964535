"""Frozen values and pure rules: no input or output, no database, no clock of its own."""
