"""A module that remembers which process imported it."""

import os

PROCESS = os.getpid()
