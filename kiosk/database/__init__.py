"""How this product keeps SQLite files: opening them, and bringing their schema up to date."""
