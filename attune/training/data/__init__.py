"""What is trained on: questions, chunks, batches, negatives, teachers."""
