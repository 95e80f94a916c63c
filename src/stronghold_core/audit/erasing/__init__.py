"""What may go: the payload of an event, by law, and the oldest events, when their time is over."""
