"""Each format of documents: from the bytes of a file to blocks."""
