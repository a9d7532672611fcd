"""kk, ru, en: gettext catalogues, committed as .po and compiled in memory at start."""

from pathlib import Path

HERE = Path(__file__).parent
