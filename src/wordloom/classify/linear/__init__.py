"""Linear models of pooled vectors and word n-grams."""
