"""``python -m mtt_mock`` is ``mtt-mock``."""

import sys

from mtt_mock.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
