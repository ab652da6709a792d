"""Files that are zip archives of XML: documents, slides and books."""
