"""The six stages of the pipeline, one script each; dvc.yaml says how they fit together."""
