"""How many threads one inference takes: two for a person who waits, one where a process for each core plays."""

import os

THREADS = int(os.environ.get("SPARRING_THREADS", "2"))
"""``SPARRING_THREADS``. One thread needs a quarter less computing for the same turn."""
