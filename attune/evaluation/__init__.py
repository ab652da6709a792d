"""Which system finds more."""
