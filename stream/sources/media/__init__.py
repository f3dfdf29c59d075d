"""What is inside a media file: its tracks, its time stamps, and its pictures as they are to be seen."""
