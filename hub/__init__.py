"""The home's hub: takes readings in, raises alerts, serves screens and calls."""
