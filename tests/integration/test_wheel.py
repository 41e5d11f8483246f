"""A fresh wheel, installed beside fhir.resources, works from any folder (docs/adr/0001)."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_bhyt_and_fhir_resources_import_from_a_fresh_wheel_in_any_folder(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    site = tmp_path / "site"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert not [name for name in wheel.namelist() if name.startswith(("fhir/", "tests/", "demo/"))]
        wheel.extractall(site)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = "import bhyt, fhir.resources.R4B, pathlib; print(pathlib.Path(bhyt.__file__).parents[1].name)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=elsewhere,
        env={"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.strip() == "site"
