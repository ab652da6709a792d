"""Files that are zip archives of XML: DOCX, PPTX, EPUB; and workbooks."""
