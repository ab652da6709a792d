"""What the stages are made of, one package a subject; `CONTRIBUTING.md` has the map."""
