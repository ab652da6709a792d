"""From the text of a document to the spans of its chunks."""
