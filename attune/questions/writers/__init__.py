"""Who writes the questions: a server, live or by batches, or a model in this process."""
