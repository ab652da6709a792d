"""A linear map of query vectors, for models whose weights nobody can train and indexes that must stay."""
