"""From the broker to the disk: verify, decode, place in order, commit, acknowledge."""
