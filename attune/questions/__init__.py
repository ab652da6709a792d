"""What is asked about the chunks, and which of it is kept."""
