"""Live streams in processes of their own, forked from one that has loaded what they share."""
