"""What a person does, one function each, and what comes back to them."""
