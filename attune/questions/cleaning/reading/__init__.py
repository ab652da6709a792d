"""From the text of a reply to the questions in it."""
