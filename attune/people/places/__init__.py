"""Places in documents as people point at them, and the chunks that hold them today."""
