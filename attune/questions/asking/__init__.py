"""Which chunks are asked about, with what prompt, at what cost."""
