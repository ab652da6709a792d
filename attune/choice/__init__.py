"""How much is kept of what was learned: the way from the start to the end of a training, and what it has to pass."""
