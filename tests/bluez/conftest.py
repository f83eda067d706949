"""The tests in `inner` run in the guest alone; `test_system.py` boots it and tells how each of them ended."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("VEILLEUSE_GUEST") else ["inner"]
