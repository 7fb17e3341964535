"""The sentences for what the program decides, in one place each."""
