"""Serial sensor protocols: incremental, resynchronising parsers and their encoders."""
