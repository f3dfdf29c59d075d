"""Who may ask a server on this machine, and how: one law for all that show something in a browser."""
