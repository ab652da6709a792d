"""What the sample documents are made of."""
