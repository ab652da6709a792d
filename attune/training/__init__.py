"""How a model is trained, and what is kept of it."""
