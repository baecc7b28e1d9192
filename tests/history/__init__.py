"""checker/history."""
