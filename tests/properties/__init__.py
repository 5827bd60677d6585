"""Properties that hold for generated cases, where examples would not be enough."""
