"""Static web pages and the function that serves them."""
