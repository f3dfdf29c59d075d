"""The dashboard: draws a frozen snapshot of the session on a terminal and reads its keys."""
