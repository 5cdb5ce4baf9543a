"""Says how to get Chromium if the browser tests will be skipped without it."""

from __future__ import annotations

import shutil

if not (shutil.which("chromium") or shutil.which("google-chrome")):
    print("No Chromium found, so the browser tests are skipped. To run them: sudo apt-get install -y chromium")
