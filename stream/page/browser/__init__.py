"""The camera and the microphone of whoever opens the page, as sources."""
