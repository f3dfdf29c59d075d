"""The session in a browser: a page on 127.0.0.1, for those who have its address."""
