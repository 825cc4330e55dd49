"""What is true of Dreamscape without the web."""
