"""Words recognised in the sound."""
