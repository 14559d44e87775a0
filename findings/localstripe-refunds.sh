#!/bin/sh
# localstripe 1.15.10: of a payment of 12.00 with 5.00 given back, a refund without an amount
# gives back 12.00 again, and a third one another 12.00: all succeed, 29.00 in all.
# Expected: 7.00, then an error: Stripe refunds what is left of a charge, and refuses more
# than that and a charge that is refunded already (API reference, "Create a refund"; error
# code charge_already_refunded).
# Seen: 5.00, 12.00, 12.00, amount_refunded 2900 of 1200
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check localstripe==1.15.10
cat > "$folder/shown.py" <<'END'
import asyncio

from aiohttp import BasicAuth
from aiohttp.test_utils import TestClient, TestServer
from localstripe.resources import Store
from localstripe.server import app

CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
# Without its file of everything in /tmp.
Store.dump_to_disk = lambda store: None


async def main():
    async with TestClient(TestServer(app), auth=BasicAuth("sk_test_1")) as client:

        async def call(path, **form):
            async with client.post(f"/v1/{path}", data=form) as response:
                return await response.json()

        card = {f"card[{name}]": value for name, value in CARD.items()}
        method = (await call("payment_methods", type="card", **card))["id"]
        customer = (await call("customers", email="member@example.com"))["id"]
        await call(f"payment_methods/{method}/attach", customer=customer)
        payment = await call(
            "payment_intents",
            amount="1200",
            currency="eur",
            customer=customer,
            payment_method=method,
            confirm="true",
        )
        print(payment["status"], payment["amount"])
        for amount in ({"amount": "500"}, {}, {}):
            refund = await call("refunds", payment_intent=payment["id"], **amount)
            print("refund", refund["status"], refund["amount"])
        async with client.get(f"/v1/payment_intents/{payment['id']}") as response:
            charge = (await response.json())["latest_charge"]
        print("amount_refunded", charge["amount_refunded"], "of", charge["amount"])


asyncio.run(main())
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" 2>/dev/null)
echo "$seen"
[ "$seen" = 'succeeded 1200
refund succeeded 500
refund succeeded 1200
refund succeeded 1200
amount_refunded 2900 of 1200' ]
