"""The room's video endpoint: consent, camera, microphone, and the connection to the physician's browser."""
