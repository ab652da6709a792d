"""PDF files: from letters on pages to blocks, by where the letters stand."""
