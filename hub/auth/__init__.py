"""Who may do what: accounts, sessions, edge credentials."""
