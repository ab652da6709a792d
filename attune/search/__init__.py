"""Asking questions of chunks, and measuring what is found."""
