"""The network (torch): imported by the trainer only. The server runs its exported graphs."""
