"""Before numpy is imported: one thread for its small matrices, as in the child process."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
