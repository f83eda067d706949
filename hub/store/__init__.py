"""Where the hub keeps things: records, the writer's journal, time series."""
