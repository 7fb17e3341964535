"""What this machine keeps: the outbox, the receipts, the audit, the copy of the registry's word."""
