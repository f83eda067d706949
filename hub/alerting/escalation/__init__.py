"""Who is told of an alert that nobody answers, and when. Pure: no clock, no store, no event loop."""
