"""Plots of the results: pure functions from results to the bytes of a figure and the frame that it shows."""
