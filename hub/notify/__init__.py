"""How people are told: one module per channel, and what all of them share."""
