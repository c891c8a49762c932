"""TensorFlow SavedModels: read without TensorFlow, written with it."""
