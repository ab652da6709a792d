"""What people typed into a search box, in data/queries, and the chunks that answer it: to train with."""
