"""The command line: one file for each group of verbs, each verb a thin call of the public API."""
