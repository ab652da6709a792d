"""Rows of cells: workbooks and files of values."""
