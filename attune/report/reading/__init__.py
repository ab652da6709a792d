"""What the stages wrote, read for the report."""
