"""Why the metric changed: the rows, the relation, suspect labels, or chance."""
