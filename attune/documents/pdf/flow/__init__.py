"""From the lines of all pages to blocks: running heads out, lines joined."""
