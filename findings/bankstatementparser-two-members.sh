#!/bin/sh
# bankstatementparser 0.0.29: two members who pay the same fee on one day are duplicates of
# one payment, and neither is among the unique ones. Digits are taken out of the text before
# it is compared, so "Member 1042" and "Member 1067" are equal; and a statement in MT940
# without a bank's reference gives both "NTRFNONREF" for an identity.
# Expected: two unique payments. NONREF says that there is no reference (SWIFT, MT940,
# field 61, subfield 7), and the library means to keep equal payments apart where it stands;
# it does so where the text comes without the type before it, as from a list of rows.
# Seen: MT940: 2 payments, 0 unique, duplicates of each other
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check bankstatementparser==0.0.29
cat > "$folder/december.sta" <<'END'
:20:STATEMENT
:25:DE89370400440532013000
:28C:00045/001
:60F:C261130EUR1000,00
:61:2612011201C40,00NTRFNONREF
:86:Fee 2027 Member 1042
:61:2612011201C40,00NTRFNONREF
:86:Fee 2027 Member 1067
:62F:C261201EUR1080,00
-
END
cat > "$folder/shown.py" <<'END'
import sys

from bankstatementparser import Deduplicator
from bankstatementparser.additional_parsers import Mt940Parser

statement = Mt940Parser(sys.argv[1]).parse()
rows = statement.assign(transaction_id="NONREF")
deduplicator = Deduplicator()
for name, frame in (("MT940:", statement), ("rows:", rows)):
    payments = deduplicator.from_dataframe(frame)
    told = deduplicator.deduplicate(payments)
    print(name, len(payments), "payments,", len(told.unique_transactions), "unique")
    for group in told.exact_duplicates:
        print([payment.description for payment in group.transactions])
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" "$folder/december.sta")
echo "$seen"
[ "$seen" = "MT940: 2 payments, 0 unique
['Fee 2027 Member 1042', 'Fee 2027 Member 1067']
rows: 2 payments, 2 unique" ]
