"""The experiment with CORD-19 Swivel vectors: heatmap, and what papers are cited for (SciCite)."""
