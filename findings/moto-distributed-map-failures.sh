#!/bin/sh
# moto 5.2.5: a Map state in mode DISTRIBUTED whose every item fails succeeds, with a null
# for each item; the same Map in mode INLINE fails.
# Expected: States.ExceedToleratedFailureThreshold in mode DISTRIBUTED, as the Step
# Functions guide says ("Setting failure thresholds for Distributed Map states": without a
# threshold one failed item fails the Map). A machine that has lost all of its work is
# shown as one that has done it.
# Seen: INLINE FAILED ShardFailed None, DISTRIBUTED SUCCEEDED None [null, null]
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


def machine(config):
    work = {"Type": "Fail", "Error": "ShardFailed"}
    items = {"ProcessorConfig": config, "StartAt": "Work", "States": {"Work": work}}
    shards = {"Type": "Map", "ItemsPath": "$.shards", "ItemProcessor": items, "End": True}
    return json.dumps({"StartAt": "Shards", "States": {"Shards": shards}})


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
def outcome(config):
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    role = "arn:aws:iam::123456789012:role/states"
    made = client.create_state_machine(name="m", definition=machine(config), roleArn=role)
    execution = client.start_execution(
        stateMachineArn=made["stateMachineArn"], input='{"shards": [0, 1]}'
    )
    while True:
        shown = client.describe_execution(executionArn=execution["executionArn"])
        if shown["status"] != "RUNNING":
            return f"{config['Mode']} {shown['status']} {shown.get('error')} {shown.get('output')}"
        time.sleep(0.1)


distributed = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
print(outcome({"Mode": "INLINE"}), outcome(distributed), sep=", ")
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" 2>/dev/null)
echo "$seen"
[ "$seen" = "INLINE FAILED ShardFailed None, DISTRIBUTED SUCCEEDED None [null, null]" ]
