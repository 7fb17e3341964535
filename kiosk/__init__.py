"""Everything of the product that is not a widget. Nothing here imports Qt or ui."""

__version__ = "0.1.0"
