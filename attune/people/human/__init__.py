"""People's own questions, and the chunks that answer them today."""
