"""Runs the deployed state machines on moto and compares with the outcomes in scenarios.json.

The local executor's own test holds it to the same outcomes, so where this passes the two
agree on status, error name, cause and every payload a step was invoked with.
"""

import copy
import json
import logging
import os
import pathlib
import sys
import time
from collections import Counter

import boto3
import requests
import yaml
from moto.server import ThreadedMotoServer

from stub import Script, serve

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INPUT = {"tenant": "t1", "run": "r1", "generation": 1}
PATIENCE_SECONDS = 900

# Where moto differs from the service: the scenario, the fields, and why.
KNOWN_DEFECTS = {
    # Documented as States.NoChoiceMatched ("Handling errors in Step Functions workflows");
    # moto turns the exception of an unmatched Choice into States.Runtime.
    "a shard answers an unknown word": ["cause", "invoked"],
    # A Variable that leads nowhere fails the execution with States.Runtime, which nothing can
    # catch; moto takes the rule as not matching and goes the Default's way.
    "prepare answers no word": ["error", "invoked"],
}


class TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!GetAtt x) as None."""


TemplateLoader.add_multi_constructor("!", lambda *_: None)


def definition_of(machine, function):
    """The deployed file with the template's substitutions filled in, and `function` as the
    one that stands there by reference."""
    template = yaml.load((ROOT / "template.yaml").read_text(), TemplateLoader)
    name = "".join(word.capitalize() for word in machine.split("-")) + "StateMachine"
    properties = template["Resources"][name]["Properties"]
    text = (ROOT / properties["DefinitionUri"]).read_text()
    for placeholder, value in properties["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{placeholder}}}", value or function)
    return json.loads(text)


def each_task(definition):
    for state in definition["States"].values():
        if state["Type"] == "Task":
            yield state
        if "ItemProcessor" in state:
            yield from each_task(state["ItemProcessor"])


def scaled(scenario, function):
    """A copy of the deployed file with short waits, as the executor's test makes it."""
    definition = definition_of(scenario["machine"], function)
    for task in each_task(definition):
        for retrier in task["Retry"]:
            retrier.update(IntervalSeconds=1, BackoffRate=1, MaxDelaySeconds=2)
            if "attempts" in scenario:
                retrier["MaxAttempts"] = scenario["attempts"]
        if "task_seconds" in scenario:
            task["TimeoutSeconds"] = scenario["task_seconds"]
    if "machine_seconds" in scenario:
        definition["TimeoutSeconds"] = scenario["machine_seconds"]
    return json.dumps(definition)


def start_moto(stub_port):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    config = {"stepfunctions": {"execute_state_machine": True}}
    requests.post(f"{url}/moto-api/config", json=config, timeout=10).raise_for_status()
    # Only the invocations of functions use this setting; they go to the stub.
    os.environ["MOTO_PORT"] = str(stub_port)
    return server, url


def client_for(url, number):
    """An account of its own: moto can't start an execution beside another that runs, because
    it copies the whole account's machines, with the locks of what is running."""
    client = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    account = f"{number:012}"

    def name_account(request, **_):
        request.headers["x-moto-account-id"] = account

    client.meta.events.register("before-sign.stepfunctions", name_account)
    return client


def start_execution(client, function, scenario):
    machine = client.create_state_machine(
        name=function,
        definition=scaled(scenario, function),
        roleArn="arn:aws:iam::123456789012:role/states",
    )
    execution = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], name=function, input=json.dumps(INPUT)
    )
    return execution["executionArn"]


def wait(client, arn):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        shown = client.describe_execution(executionArn=arn)
        if shown["status"] != "RUNNING":
            return shown
        time.sleep(0.2)
    return shown


def without_cause(payload):
    """The cause of an error that a function did not make is the service's own wording."""
    payload = copy.deepcopy(payload)
    error = payload.get("error", {})
    if error.get("Error", "").startswith("States."):
        error.pop("Cause")
    return json.dumps(payload, sort_keys=True)


def comparable(outcome, counts):
    invoked = Counter()
    for payload, times in counts:
        invoked[without_cause(payload)] += times
    shown = {field: outcome.get(field) for field in ("status", "error", "cause")}
    return {**shown, "invoked": dict(sorted(invoked.items()))}


def expected_outcome(scenario):
    expected = scenario["expected"]
    rows = [(row["payload"], row["times"]) for row in expected["invoked"]]
    return comparable(expected, rows)


def differences(scenario, shown, script):
    rows = [(json.loads(payload), times) for payload, times in script.invoked().items()]
    actual = comparable(shown, rows)
    expected = expected_outcome(scenario)
    # A cause is compared where the machine itself words it.
    fields = [field for field in expected if field != "cause" or "cause" in scenario["expected"]]
    known = KNOWN_DEFECTS.get(scenario["name"], [])
    for field in fields:
        if field in known and expected[field] == actual[field]:
            yield f"  {field}: moto no longer differs; take it off KNOWN_DEFECTS"
        if field not in known and expected[field] != actual[field]:
            yield f"  {field}\n    expected {expected[field]}\n    moto     {actual[field]}"


def main():
    logging.disable(logging.CRITICAL)
    scenarios = json.loads((HERE / "scenarios.json").read_text())
    functions = {f"steps-{index}": scenario for index, scenario in enumerate(scenarios)}
    scripts = {name: Script(scenario["answers"]) for name, scenario in functions.items()}
    server, url = start_moto(serve(scripts))
    clients = {name: client_for(url, 1 + index) for index, name in enumerate(functions)}
    arns = {
        name: start_execution(clients[name], name, scenario)
        for name, scenario in functions.items()
    }
    failed = 0
    for name, scenario in functions.items():
        shown = wait(clients[name], arns[name])
        wrong = list(differences(scenario, shown, scripts[name]))
        failed += bool(wrong)
        print("\n".join([f"{'differs' if wrong else 'agrees '} {scenario['name']}", *wrong]))
    server.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
