"""The room node's protocol and its firmware."""
