"""A client that openapi-python-client makes of infra/openapi.json, put to use in
the five groups: whatever it sends and reads goes through the classes it made."""

import importlib
import pathlib
import subprocess
import sys
import time

from stack import ROOT, TENANT

PACKAGE = "membership_api_client"
# Seconds; generous, because a busy machine is no failure.
PLANNED_WITHIN = 600


def generate(folder):
    """Makes the client in `folder`, all of it: what is left out is only a warning."""
    made = subprocess.run(
        [
            pathlib.Path(sys.executable).with_name("openapi-python-client"), "generate",
            "--path", ROOT / "infra" / "openapi.json", "--meta", "none",
            "--output-path", pathlib.Path(folder, PACKAGE),
        ],
        check=True, capture_output=True, text=True,
    )
    assert "unable" not in made.stdout.lower() and "WARNING" not in made.stdout, made.stdout
    sys.path.insert(0, folder)


def module(path):
    return importlib.import_module(f"{PACKAGE}.{path}")


class Api:
    def __init__(self, address, token):
        client = module("client").AuthenticatedClient
        self.client = client(base_url=address, token=token, raise_on_unexpected_status=True)
        self.models = module("models")

    def call(self, group, operation, *ids, status=200, **rest):
        """One operation, and what the client read from its answer."""
        function = module(f"api.{group}.{group}_{operation}").sync_detailed
        answer = function(TENANT, *ids, client=self.client, **rest)
        assert answer.status_code == status, (group, operation, ids, answer.content)
        return answer.parsed

    def create(self, group, model, fields):
        body = getattr(self.models, f"{model}Input").from_dict(fields)
        made = self.call(group, "create", body=body)
        assert self.call(group, "get", made.id).id == made.id
        return made

    def patch(self, group, id, field, value):
        """Sets one field and reads it back."""
        directive = self.models.PatchItem(
            op=self.models.PatchItemOp("add"), path=f"/{field}", value=value
        )
        self.call(group, "patch", id, body=[directive])
        read = self.call(group, "get", id).to_dict()
        assert read[field] == value, read

    def search(self, group, model, criteria):
        body = getattr(self.models, f"{model}Search").from_dict(criteria)
        return [item.id for item in self.call(group, "search", body=body).items]

    def delete(self, group, id):
        assert self.call(group, "delete", id) == id
        refusal = self.call(group, "get", id, status=404)
        assert isinstance(refusal, self.models.Error) and refusal.message, refusal


def fill(api):
    """What memberships refer to, in a tenant whose mails and charges go nowhere real."""
    settings = api.models.SettingsInput.from_dict({"delivery": "live", "charges": "test"})
    api.call("settings", "create", body=settings)
    kind = api.create("types", "MembershipType", {"name": "Regular", "customer_type": "contact"})
    package = api.create(
        "packages", "Package",
        {"name": "One year", "business_unit_id": "b-1", "price": 120.5, "membership_type_id": kind.id},
    )
    return kind.id, package.id


def membership(kind, package, contact):
    return {
        "owner_type": "contact", "contact_id": contact, "type_id": kind, "package_id": package,
        "join_date": "2025-01-01", "term_start_date": "2025-01-01", "expiration_date": "2025-12-31",
    }


def memberships(api, kind, package):
    kept = api.create("memberships", "Membership", membership(kind, package, "c-1"))
    api.patch("memberships", kept.id, "notes", "Called in March.")
    assert api.search("memberships", "Membership", {"type_id": [kind]}) == [kept.id]
    gone = api.create("memberships", "Membership", membership(kind, package, "c-2"))
    api.delete("memberships", gone.id)
    return kept.id


def applications(api, kind, package):
    process = api.create(
        "application_processes", "ApplicationProcess",
        {"name": "Join", "type": "join", "customer_type": "contact", "memberships_require_approval": "always"},
    )
    made = api.create("applications", "Application", {
        "type": "join", "process_id": process.id, "owner_type": "contact", "contact_id": "c-3",
        "membership_package_id": package, "membership_type_id": kind,
    })
    api.patch("applications", made.id, "notes", "Wants a card.")
    assert api.search("applications", "Application", {"owner_type": "contact"}) == [made.id]
    api.delete("applications", made.id)


def billing_notices(api):
    notice = api.create("billing_notices", "BillingNotice", {"name": "Farewell", "is_active": True})
    api.patch("billing_notices", notice.id, "name", "Goodbye")
    assert notice.id in [item.id for item in api.call("billing_notices", "list")]
    api.delete("billing_notices", notice.id)


def billing_runs(api):
    run = api.create("billing_runs", "BillingRun", {
        "name": "Spring", "perform_drops": True,
        "drop_options": {
            "expiration_date_range_start": "2025-01-01", "expiration_date_range_end": "2025-12-31",
        },
    })
    api.patch("billing_runs", run.id, "name", "Spring drops")
    assert api.search("billing_runs", "BillingRun", {"name": "spring"}) == [run.id]
    return run.id


def billing_run_actions(api, run, member):
    execution = api.call("billing_runs", "refresh", run)
    assert execution.execution_arn.startswith("arn:"), execution
    end = time.monotonic() + PLANNED_WITHIN
    while api.call("billing_runs", "get", run).to_dict()["status"] != "ready for execution":
        assert time.monotonic() < end, "the run is not planned"
        time.sleep(0.2)
    [action] = api.call("billing_run_actions", "billing_run", run).items
    assert action.membership_id == member, action
    api.patch("billing_run_actions", action.id, "status", "excluded")


def use(address, token):
    api = Api(address, token)
    kind, package = fill(api)
    member = memberships(api, kind, package)
    applications(api, kind, package)
    billing_notices(api)
    run = billing_runs(api)
    billing_run_actions(api, run, member)
    api.delete("billing_runs", run)
