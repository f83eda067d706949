"""From an MQTT message to one durable commit and an acknowledgement."""
