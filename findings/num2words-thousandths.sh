#!/bin/sh
# num2words 0.5.14: an amount in words of a currency with thousandths is rounded to two
# decimals, which are told as so many of the smallest unit: KWD 12.500 as 50 fils, 12.005
# as one.
# Expected: 500 and 5 fils. A dinar has 1,000 fils (ISO 4217: KWD, exponent 3), as Babel
# 2.19.0 writes the same amounts.
# Seen: 12.500 KWD = dotze dinars amb cinquanta fils
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check num2words==0.5.14 babel==2.19.0
cat > "$folder/shown.py" <<'END'
from decimal import Decimal

from babel.numbers import format_currency
from num2words import num2words

for amount in (Decimal("12.500"), Decimal("12.005")):
    words = num2words(amount, to="currency", currency="KWD", lang="ca")
    print(format_currency(amount, "KWD", "#,##0.00 ¤¤", locale="en"), "=", words)
END
seen=$("$folder/venv/bin/python" "$folder/shown.py")
echo "$seen"
[ "$seen" = '12.500 KWD = dotze dinars amb cinquanta fils
12.005 KWD = dotze dinars amb un fils' ]
