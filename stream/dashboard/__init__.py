"""The dashboard: draws a frozen snapshot of the session on a terminal and reads its keys."""

from fsrf_live.stream.dashboard.app import Dashboard, Exit
from fsrf_live.stream.dashboard.state import Actions, UiState
from fsrf_live.stream.dashboard.view import Picture, render

__all__ = ["Actions", "Dashboard", "Exit", "Picture", "UiState", "render"]
