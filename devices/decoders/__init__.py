"""One module for each kind of captured traffic that `veilleuse decode` takes."""
