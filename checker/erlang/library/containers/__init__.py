"""The modules `maps`, `proplists`, `queue`, `orddict`, `ordsets` and `sets`, where no fun is called."""
