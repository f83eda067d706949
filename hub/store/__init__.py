"""Where the hub keeps records and time series."""
