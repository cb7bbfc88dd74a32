"""Puts the stand-in's own modules (`client`, `ext4`, `seed`) on the import path. Import this before them.

Not for: anything else. Invariant: one place knows where they lie.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = str(ROOT / "tests" / "awsim")
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)
