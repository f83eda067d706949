"""Versions of the hub's database; each file in `versions` is one step and is never changed once released."""
