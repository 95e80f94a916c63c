"""What happened to people's sign-ins."""
