"""The demo home: a whole home on one machine, from virtual sensors to screens."""
