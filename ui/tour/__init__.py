"""The tour: every journey through the real windows, on real processes, one picture a step."""
