"""The export of a study (SPEC, section 14): tables, their dictionary, files of other statistics programs."""
