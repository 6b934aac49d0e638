"""What is remembered: models, keys and stores."""
