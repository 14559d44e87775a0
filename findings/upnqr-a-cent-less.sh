#!/bin/sh
# upnqr 0.1.0: the code on a Slovenian payment slip asks for a cent less than the fee, for
# 573 of the 10,000 amounts up to 100.00: also where the fee was given as a Decimal, which
# is made a float and cut off after a hundredfold.
# Expected: 19.99 as 00000001999. The code carries the amount in cents, in eleven digits
# (Bank Association of Slovenia, standard UPN QR), and the slip beside it says 19.99.
# Seen: Decimal("19.99") = 00000001998
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check upnqr==0.1.0 pydantic==2.14.4
cat > "$folder/shown.py" <<'END'
from datetime import date
from decimal import Decimal

from upnqr import Data, Placnik, Prejemnik, upn_string

ADDRESS = {"ulica": "Example 1", "kraj": "1000 Ljubljana"}


def cents(amount):
    slip = Data(
        placnik=Placnik(ime="Member", **ADDRESS),
        prejemnik=Prejemnik(ime="Club", iban="SI56263300012039086", **ADDRESS),
        znesek=amount,
        koda_namena="OTHR",
        namen_placila="Fee 2027",
        rok_placila=date(2026, 12, 31),
        referenca="SI99",
    )
    return upn_string(slip).split("\n")[8]


for text in ("40.00", "19.99", "8.20"):
    print(text, cents(Decimal(text)))
print(sum(int(cents(Decimal(n) / 100)) < n for n in range(1, 10_001)))
END
seen=$("$folder/venv/bin/python" -W ignore "$folder/shown.py")
echo "$seen"
[ "$seen" = '40.00 00000004000
19.99 00000001998
8.20 00000000819
573' ]
