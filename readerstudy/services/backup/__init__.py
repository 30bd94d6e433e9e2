"""Everything that the installation knows in one file, and back."""
