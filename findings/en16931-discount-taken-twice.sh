#!/bin/sh
# en16931 0.2: a discount of 10.00 on an invoice with two rates of VAT lowers the taxable
# amount of each rate by 10.00, so that the VAT is too low, and the taxable amounts come to
# 180.00 where the same invoice says 190.00 without VAT. And 7 % is written with fifteen
# decimals.
# Expected: 24.10, 24.70 or 25.30 of VAT, by how the 10.00 belong to the rates, never 23.40:
# a discount for a whole invoice belongs to one category and rate (EN 16931-1, BT-95 and
# BT-96) and lowers that one's taxable amount only (BR-S-08).
# Seen: the lines below
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check en16931==0.2
cat > "$folder/shown.py" <<'END'
import re

from en16931 import Entity, Invoice, InvoiceLine


def party(name, number):
    return Entity(
        name=name,
        registration_name=name,
        tax_scheme="VAT",
        tax_scheme_id=number,
        party_legal_entity_id=number,
        endpoint=number,
        endpoint_scheme="DE:VAT",
        country="DE",
        mail="club@example.com",
        address="Example 1",
        postalzone="10115",
        city="Berlin",
    )


def line(name, percent):
    tax = {"tax_percent": percent, "tax_category": "S", "tax_name": "VAT"}
    return InvoiceLine(
        quantity=1, unit_code="EA", price=100, item_name=name, currency="EUR", **tax
    )


invoice = Invoice(invoice_id="2027-1", currency="EUR")
invoice.seller_party = party("Example Club", "DE123456788")
invoice.buyer_party = party("Example Member", "DE111111125")
invoice.issue_date = "2026-12-01"
invoice.due_date = "2026-12-31"
invoice.add_lines_from([line("Course", 0.19), line("Journal", 0.07)])
invoice.discount_amount = 10
text = invoice.to_xml()
found = "<cbc:(TaxExclusiveAmount|TaxAmount|TaxableAmount|Percent)[^>]*>(.*?)<"
print("\n".join(sorted({" ".join(told) for told in re.findall(found, text)})))
END
seen=$("$folder/venv/bin/python" "$folder/shown.py")
echo "$seen"
[ "$seen" = 'Percent 19.0
Percent 7.000000000000001
TaxAmount 17.10
TaxAmount 23.40
TaxAmount 6.30
TaxExclusiveAmount 190.00
TaxableAmount 90.00' ]
