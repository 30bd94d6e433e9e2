"""Figures for print made of the study's own images: what they hold (`layout`), and how they are drawn (`render`)."""
