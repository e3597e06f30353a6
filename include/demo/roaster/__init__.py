"""A coffee roaster whose truth is known: for tests, for benchmarks, and as a model to look at."""
