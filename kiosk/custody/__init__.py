"""Who keeps the key of this device's files: the system's keyring, systemd, or a file of its own."""
