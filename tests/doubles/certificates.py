"""Certificates as a user makes them."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certificate(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1", *options: str) -> tuple[str, str]:
    """One that signs itself, and its key; skips the test without OpenSSL."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl: apt-get install openssl")
    certified, key = folder / "cert.pem", folder / "key.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    named = ("-subj", "/CN=fsrf", *(("-addext", f"subjectAltName={names}") if names else ()))
    files = ("-keyout", str(key), "-out", str(certified))
    subprocess.run([program, *made, *named, *files, "-days", "30", *options], check=True, capture_output=True)
    return str(certified), str(key)
