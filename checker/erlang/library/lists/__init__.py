"""The module `lists`, where no fun is called: `items`, `slices`, `keys` and `sorting`."""
