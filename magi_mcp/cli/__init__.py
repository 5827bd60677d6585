"""CLI: the terminal's surface. Calls the service and shows what it says; decides nothing."""
