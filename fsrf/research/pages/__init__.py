"""Pages about comparisons: tables, pictures, figures."""
