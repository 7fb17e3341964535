"""The central registry: the service that owns the accounts and decides every operation."""
