"""The model on disk: what its folder holds, so that every server reads it, and what tells it from others."""
