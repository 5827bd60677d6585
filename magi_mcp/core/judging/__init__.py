"""Core: judging texts that exist: a panel of judges who work alone, and never debate."""
