"""The peers' side: scripts as a user of these libraries would write them, timed by step."""
