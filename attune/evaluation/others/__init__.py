"""Further models that are compared, and models with a linear map of their query vectors."""
