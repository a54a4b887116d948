"""People: register, sign in, tokens, roles, a vendor's settings. Who may call a route is said in `guards`."""
