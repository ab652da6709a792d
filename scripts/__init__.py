"""Helpers around the pipeline; none of them is a stage."""
