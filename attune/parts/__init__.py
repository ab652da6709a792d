"""Which part of the data a chunk belongs to: train, dev, test, or a gap between them."""
