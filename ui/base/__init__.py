"""What every window stands on: theme, icons, background work, the path of an error."""
