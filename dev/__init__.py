"""What a developer's machine needs and production never sees: installing, servers, runners."""
