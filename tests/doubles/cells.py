"""What people write into the cells of a table."""

from hypothesis import strategies as st

CELLS = st.text(max_size=20) | st.text("\r\n\",;'\u2028\x85\x0b ab", max_size=6)
"""Any text, and often what ends a cell, a row or a line somewhere."""
