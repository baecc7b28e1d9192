"""After a live run, or during it: its logs read (`reading.py`), executed again (`replay.py`), judged (`conclusion.py`)."""
