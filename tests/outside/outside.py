"""What others make of the API's description: a generated client and a tester; and the
smoke script, which is no Rust either."""

import os
import pathlib
import subprocess
import sys
import tempfile

import client
import older
import papers
import stack

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
]
# Of one operation, in each phase.
CASES, CASES_DEEP = 8, 200
# The coverage phase makes some 12,000 requests of these alone.
GROUPS = ["applications", "memberships", "billingNotices", "billingRuns", "billingRunActions"]


def tester(address, token, cases, phases, groups=()):
    """Requests made from the served description, sound and unsound ones."""
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"),
        "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json",
        "--url", address, "--checks", ",".join(CHECKS), "--phases", ",".join(phases),
        "--max-examples", str(cases), "--seed", "1", "--continue-on-failure",
        "--generation-database", "none",
    ]
    for group in groups:
        command += ["--include-tag", group]
    environment = os.environ | {"MEMBERSHIP_API_TOKEN": token}
    return subprocess.run(command, env=environment, cwd=tempfile.gettempdir()).returncode


def smoke(address, token):
    """What is run against a deployment, here."""
    command = [sys.executable, stack.ROOT / "infra" / "smoke", "--url", address, "--at-once", "8"]
    subprocess.run(command, env=os.environ | {"TOKEN": token}, check=True)


def main():
    deep = sys.argv[1:] == ["deep"]
    with stack.running() as (address, token_of):
        token = token_of(stack.TENANT)
        smoke(address, token_of("smoke-here"))
        print("the smoke script does the main job", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            client.generate(folder)
            client.use(address, token)
        print("a generated client does its work in the five groups", flush=True)
        papers.copy(address, token)
        print("names are copied out of cards and certificates as they were given", flush=True)
        older.judge(address)
        print("the description is sound as OpenAPI 3.0", flush=True)
        if deep:
            older.use(address, token)
            print("a generated client in Rust does its work", flush=True)
            sys.exit(tester(address, token, CASES_DEEP, ["examples", "coverage", "fuzzing", "stateful"]))
        failed = tester(address, token, CASES, ["examples", "fuzzing", "stateful"])
        sys.exit(failed or tester(address, token, CASES, ["coverage"], GROUPS))


main()
