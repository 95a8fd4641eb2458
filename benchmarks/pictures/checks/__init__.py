"""What is made or measured in processes of its own."""
