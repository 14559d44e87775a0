"""The local stack as a process of its own, on a folder that goes with it."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TENANT = "acme"
CONTACTS = "id,name,email_address\n" + "".join(
    f"c-{n},Ada Byron {n},ada{n}@example.org\n" for n in range(1, 6)
)


def program():
    # The one that tests start, so that what they were built of is not built again: a plain
    # build takes other features of the same packages.
    build = ["cargo", "test", "--quiet", "--workspace", "--no-run"]
    subprocess.run(build, cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return (ROOT / target / "debug" / "program").resolve()


@contextlib.contextmanager
def running():
    """The address of a stack that knows a few contacts, and what makes a tenant's token."""
    api = program()
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", str(pathlib.Path(folder, "data"))]
        # Imported, so that their ids are known.
        contacts = pathlib.Path(folder, "contacts.csv")
        contacts.write_text(CONTACTS)
        subprocess.run([api, "import", contacts, "--tenant", TENANT, *data], check=True)
        log = pathlib.Path(folder, "log")
        with log.open("w") as errors:
            server = subprocess.Popen(
                [api, "serve", "--port", "0", *data],
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )
        try:
            address = server.stdout.readline().strip()
            assert address, log.read_text()

            def token_of(tenant):
                command = [api, "token", "--tenant", tenant, *data]
                made = subprocess.run(command, check=True, capture_output=True, text=True)
                return made.stdout.strip()

            yield address, token_of
        finally:
            server.terminate()
            server.wait()
