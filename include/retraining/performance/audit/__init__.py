"""The label audit: when the labels, not the features or the world, are what went wrong."""
