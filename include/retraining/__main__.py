"""`python -m include.retraining`."""

import sys

from include.retraining.cli import main

sys.exit(main())
