#!/bin/sh
# pain001 0.0.74: direct debits that differ in their collection date, sequence type or
# payment information are written into one block with the first row's: a collection of
# 4 January is requested for 10 December, and a one-off mandate is used as a recurrent one.
# Its check "sepa-sdd" passes before.
# Expected: a block for each, or a refusal: the three stand once for a block (PmtInf) and
# hold for all its transactions (ISO 20022 pain.008.001.08; for the sequence type EPC130-08,
# the C2B guidelines of the SEPA Core direct debit), and each row has columns for them.
# Seen: one block, RUN-1-A, RCUR, 2026-12-10, with both transactions
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pain001==0.0.74
cat > "$folder/shown.py" <<'END'
import csv
import re
import subprocess
import sys

COMMON = {
    "id": "RUN-1",
    "date": "2026-12-01T10:30:00",
    "nb_of_txs": "2",
    "ctrl_sum": "80.00",
    "initiator_name": "Example Club",
    "payment_method": "DD",
    "batch_booking": "false",
    "service_level_code": "SEPA",
    "debtor_name": "Example Club",
    "debtor_account_IBAN": "DE89370400440532013000",
    "debtor_agent_BIC": "DEUTDEFFXXX",
    "forwarding_agent_BIC": "DEUTDEFFXXX",
    "charge_bearer": "SLEV",
    "payment_amount": "40.00",
    "currency": "EUR",
    "payment_currency": "EUR",
    "creditor_agent_BIC": "BANKFRPPXXX",
    "creditor_account_IBAN": "FR1420041010050500013M02606",
    "remittance_information": "Membership 2027",
    "date_of_signature": "2025-11-15",
}
ROWS = (
    ("RUN-1-A", "RCUR", "2026-12-10", "M1042"),
    ("RUN-1-B", "OOFF", "2027-01-04", "M1067"),
)

folder = sys.argv[1]
with open(f"{folder}/rows.csv", "w", newline="") as file:
    names = ("payment_information_id", "sequence_type", "requested_execution_date")
    rest = ("payment_id", "mandate_id", "creditor_name")
    writer = csv.DictWriter(file, [*COMMON, *names, *rest])
    writer.writeheader()
    for *block, member in ROWS:
        row = dict(zip(names, block)) | dict.fromkeys(rest, member)
        writer.writerow(COMMON | row)

generate = ["generate", "-t", "pain.008.001.08", "--scheme", "sepa-sdd", "-d", "rows.csv"]
done = subprocess.run(
    [f"{folder}/venv/bin/pain001", *generate, "-o", "out"],
    cwd=folder,
    capture_output=True,
    check=True,
    text=True,
)
print("Scheme 'sepa-sdd' passed" in done.stdout)
with open(f"{folder}/out/pain.008.001.08.xml") as file:
    told = re.findall(r"<(PmtInfId|SeqTp|ReqdColltnDt|EndToEndId)>(.*?)</", file.read())
for name, value in told:
    print(name, value)
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" "$folder")
echo "$seen"
[ "$seen" = 'True
PmtInfId RUN-1-A
SeqTp RCUR
ReqdColltnDt 2026-12-10
EndToEndId M1042
EndToEndId M1067' ]
