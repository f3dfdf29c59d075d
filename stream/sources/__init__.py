"""Where pictures, sound and words come from."""
