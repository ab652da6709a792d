"""What `make doctor` looks at: each module answers for one part of what a run needs."""
