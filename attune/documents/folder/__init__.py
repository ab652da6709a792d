"""A folder of documents: found, read in processes of their own, kept, and told of."""
