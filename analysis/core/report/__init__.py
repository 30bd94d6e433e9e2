"""The report of a study: one document, built from the results, that is then written as HTML and as PDF."""
