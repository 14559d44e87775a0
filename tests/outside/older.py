"""The description as OpenAPI 3.0: judged by that version's own schema, and, in the
deep run, by a client that progenitor makes of it."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

from openapi_spec_validator import OpenAPIV30SpecValidator

from stack import ROOT, TENANT

CLIENT = pathlib.Path(__file__).resolve().parent / "rust"


def described(address):
    with urllib.request.urlopen(f"{address}/openapi-3.0.json") as answer:
        return json.load(answer)


def judge(address):
    document = described(address)
    assert document["openapi"].startswith("3.0."), document["openapi"]
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}"
              for error in OpenAPIV30SpecValidator(document).iter_errors()]
    assert not errors, errors


def use(address, token):
    """Minutes: the client and all it needs are compiled."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    with tempfile.TemporaryDirectory() as folder:
        # A copy, because the description stands beside the program that is made of it.
        package = shutil.copytree(CLIENT, pathlib.Path(folder, "client"))
        (package / "openapi.json").write_text(json.dumps(described(address)))
        environment = os.environ | {"CARGO_TARGET_DIR": str(target / "outside-client")}
        run = ["cargo", "run", "--quiet", "--locked", "--manifest-path", package / "Cargo.toml"]
        # From here, for the toolchain that the project is built with.
        subprocess.run([*run, "--", address, TENANT, token], cwd=ROOT, env=environment, check=True)
