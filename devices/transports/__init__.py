"""The only place that imports bleak, bumble or serial: bytes with their time of arrival."""
