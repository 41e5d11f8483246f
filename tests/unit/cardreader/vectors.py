"""The worked examples of ICAO Doc 9303-11 (origin: tests/data/card/README.md)."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[2] / "data/card"
VECTORS: dict[str, Any] = json.loads((_FOLDER / "icao9303_vectors.json").read_text(encoding="utf-8"))
MORE: dict[str, Any] = json.loads((_FOLDER / "pace_more_vectors.json").read_text(encoding="utf-8"))
BAC = VECTORS["bac_D2_D3"]
PROTECTED_3DES = VECTORS["sm_3des_D4"]
PACE = VECTORS["pace_gm_ecdh"]
CARD_ACCESS = VECTORS["vn_cccd_cardaccess"]["hex"]
PACE_DH = VECTORS["pace_gm_dh"]
PACE_DH_INTEGRATED = VECTORS["pace_im_dh"]
PACE_INTEGRATED = VECTORS["pace_im_ecdh"]
PACE_CHIP = VECTORS["pace_cam_ecdh"]
