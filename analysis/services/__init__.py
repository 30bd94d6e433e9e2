"""The verbs of the analysis: fix the plan, compute the results, pack the bundle."""
