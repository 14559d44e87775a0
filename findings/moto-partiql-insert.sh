#!/bin/sh
# moto 5.2.5: a PartiQL INSERT of a key that is there already replaces the item and
# answers success.
# Expected: DuplicateItemException and the item as it was, as the DynamoDB guide says
# ("PartiQL insert statements": an INSERT fails if an item with the same primary key
# exists). Whoever notes a payment once by such a statement sees no second attempt fail.
# Seen: taken, taken, 70
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[dynamodb]==5.2.5'
cat > "$folder/shown.py" <<'END'
import logging

import boto3
from moto import mock_aws

logging.disable(logging.CRITICAL)


@mock_aws
def outcomes():
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_table(
        TableName="payments",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    told = []
    for amount in (100, 70):
        statement = f"INSERT INTO payments VALUE {{'id': 'check-1', 'amount': {amount}}}"
        try:
            client.execute_statement(Statement=statement)
            told.append("taken")
        except client.exceptions.DuplicateItemException:
            told.append("refused")
    (item,) = client.scan(TableName="payments")["Items"]
    return [*told, item["amount"]["N"]]


print(*outcomes(), sep=", ")
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" 2>/dev/null)
echo "$seen"
[ "$seen" = "taken, taken, 70" ]
