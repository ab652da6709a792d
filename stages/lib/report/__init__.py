"""The report: one page that shows the verdict and what it rests on."""
