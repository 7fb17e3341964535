"""Reusable widgets, one public one a file."""
