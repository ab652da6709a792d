"""One page that shows the verdict and what it rests on."""
