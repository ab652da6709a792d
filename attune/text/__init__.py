"""Texts, before and after they are chunks."""
