"""The tables of the results pages: pure functions from stored results to what is printed, section by section."""
