"""Seats: who answers. Adapters of ``SeatPort``; named only by the composition root."""
