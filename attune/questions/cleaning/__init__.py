"""From replies to the queries that are worth training on."""
