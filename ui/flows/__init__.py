"""One small controller per journey; the only part of the interface that asks the front desk."""
