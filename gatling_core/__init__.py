"""What server and trainer share: contracts, features, the model, the registry and the queue."""
