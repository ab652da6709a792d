"""From markup to blocks: HTML by one walk over its tree, and the parts of it that need a page of their own."""
