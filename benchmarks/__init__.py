"""Measurements; nothing in the pipeline needs them."""
