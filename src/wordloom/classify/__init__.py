"""Linear text classifiers on embeddings, their baselines, and honest scores."""
