"""What people asked, and where they say that the answer stands: data/human and data/queries."""
