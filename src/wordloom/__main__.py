"""``python -m wordloom`` is the command line."""

import sys

from wordloom.cli.main import main

sys.exit(main())
