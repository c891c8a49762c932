"""Looking at what an embedding learned: neighbours, similarity, pictures."""
