"""The messages devices and registry speak, version 1."""
