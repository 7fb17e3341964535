"""Passive screens: signals out, ``show_*()`` in; none knows another."""
