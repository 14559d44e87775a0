#!/bin/sh
# moto 5.2.5: an execution whose Choice state has no rule that matches, and no Default,
# fails with States.Runtime, which no Catch takes.
# Expected: States.NoChoiceMatched, as the Step Functions guide says ("Handling errors in
# Step Functions workflows", and the States Language, "Choice State"), which a Catch of
# the surrounding Map or Parallel takes.
# Seen: FAILED States.Runtime
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[stepfunctions]==5.2.5'
cat > "$folder/shown.py" <<'END'
import json
import logging
import time

import boto3
from moto import mock_aws

logging.disable(logging.CRITICAL)
CHOICE = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.next", "StringEquals": "work", "Next": "Done"}],
}
MACHINE = {"StartAt": "Choose", "States": {"Choose": CHOICE, "Done": {"Type": "Succeed"}}}


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def outcome():
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    role = "arn:aws:iam::123456789012:role/states"
    machine = client.create_state_machine(name="m", definition=json.dumps(MACHINE), roleArn=role)
    execution = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input='{"next": "rest"}'
    )
    while True:
        shown = client.describe_execution(executionArn=execution["executionArn"])
        if shown["status"] != "RUNNING":
            return f"{shown['status']} {shown.get('error')}"
        time.sleep(0.1)


print(outcome())
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" 2>/dev/null)
echo "$seen"
[ "$seen" = "FAILED States.Runtime" ]
