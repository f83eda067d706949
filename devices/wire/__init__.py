"""What edge and hub say to each other over MQTT: topics, sealed messages, envelopes."""
