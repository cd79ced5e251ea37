"""The browser app, the terminal chat and the console script."""
