"""The same jobs as people do them in Python."""
