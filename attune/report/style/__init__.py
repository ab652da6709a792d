"""How the report writes names, numbers and texts, and draws lines."""
