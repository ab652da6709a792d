"""The training itself: the trainer, its loss, its checkpoints and processes."""
