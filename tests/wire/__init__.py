"""Models reached over HTTP: every test here goes through litellm to a provider on loopback."""
