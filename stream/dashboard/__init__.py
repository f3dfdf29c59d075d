"""The dashboard: draws a frozen snapshot of the session on a terminal and reads its keys."""

from stream.dashboard.app import Dashboard, Outcome
from stream.dashboard.state import Actions, UiState
from stream.dashboard.view import Picture, render

__all__ = ["Actions", "Dashboard", "Outcome", "Picture", "UiState", "render"]
