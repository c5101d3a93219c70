"""Many people at once: columns of a frame in, posteriors for every row out."""
