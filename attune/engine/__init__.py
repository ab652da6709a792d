"""Where calls run: in this process, or in those of a Ray cluster; the results are the same, in the same order."""
