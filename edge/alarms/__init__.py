"""The room's own judgement: the same limits as on the hub, and what rings here when the hub does not answer. Pure."""
