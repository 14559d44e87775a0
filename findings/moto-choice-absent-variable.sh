#!/bin/sh
# moto 5.2.5: a Choice rule whose Variable leads nowhere in the input counts as not
# matching, and the execution goes the Default's way.
# Expected: the execution fails with States.Runtime, as in the service ("Invalid path
# '$.next': The choice state's condition path references an invalid value"), so that a
# rule has to ask IsPresent first.
# Seen: SUCCEEDED {"way": "default"}
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
    "Default": "Otherwise",
}
OTHERWISE = {"Type": "Pass", "Result": {"way": "default"}, "End": True}
STATES = {"Choose": CHOICE, "Done": {"Type": "Succeed"}, "Otherwise": OTHERWISE}
MACHINE = {"StartAt": "Choose", "States": STATES}


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def outcome():
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    role = "arn:aws:iam::123456789012:role/states"
    machine = client.create_state_machine(name="m", definition=json.dumps(MACHINE), roleArn=role)
    execution = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input="{}"
    )
    while True:
        shown = client.describe_execution(executionArn=execution["executionArn"])
        if shown["status"] != "RUNNING":
            return f"{shown['status']} {shown.get('output')}"
        time.sleep(0.1)


print(outcome())
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" 2>/dev/null)
echo "$seen"
[ "$seen" = 'SUCCEEDED {"way": "default"}' ]
