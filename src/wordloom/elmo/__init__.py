"""ELMo: vectors of words in their context, from a language model that reads characters.

Peters et al. 2018, "Deep contextualized word representations", arXiv 1802.05365.
"""
