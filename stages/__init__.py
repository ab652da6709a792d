"""The five stages of the pipeline, one module each; dvc.yaml says how they fit together."""
