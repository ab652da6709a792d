"""What the stages are made of: one concept per module."""
