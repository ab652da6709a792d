"""Embedding models: where they are, how they are loaded, what they make of texts."""
