"""What reads or makes pixels beside the race; each prints JSON."""
