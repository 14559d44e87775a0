#!/bin/sh
# bankstatementparser 0.0.29 and ofxstatement-iso20022 0.8.1: in a bank's report of the day
# (camt.052.001.08), what is pending and what is told for information only is given like
# what is booked, and nothing in the result says which it was. Members who have not paid
# count as payers. The payer's name, too, is missing from both.
# Expected: only the booked 40.00, or the status beside each. By the external code set of
# ISO 20022 (ExternalEntryStatus1Code) neither PDNG nor INFO is a booking on the account, and
# the file's own balances move by 40.00 only. camt053 0.0.23 tells the status, and reads the
# name where this version has it (Dbtr/Pty/Nm).
# Seen: 40.00, 60.00 and 70.00 from all three
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    bankstatementparser==0.0.29 ofxstatement-iso20022==0.8.1 ofxstatement==0.9.3 camt053==0.0.23
cat > "$folder/shown.py" <<'END'
import sys

from bankstatementparser.additional_parsers import Camt052Parser
from camt053 import parse_statement
from ofxstatement.plugins.iso20022 import Iso20022Parser


def balance(code, amount):
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    day = "<Dt><Dt>2026-12-01</Dt></Dt>"
    return f'<Bal>{kind}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>{day}</Bal>'


def entry(status, amount, payer):
    head = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
    days = "<BookgDt><Dt>2026-12-01</Dt></BookgDt>" if status == "BOOK" else ""
    code = "<Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>"
    kind = f"<BkTxCd><Domn><Cd>PMNT</Cd>{code}</Domn></BkTxCd>"
    party = f"<RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr></RltdPties>"
    details = f"<NtryDtls><TxDtls>{party}</TxDtls></NtryDtls>"
    return f"<Ntry>{head}{days}<ValDt><Dt>2026-12-01</Dt></ValDt>{kind}{details}</Ntry>"


HEAD = "<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-12-01T18:00:00</CreDtTm></GrpHdr>"
ACCOUNT = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"
ENTRIES = (
    entry("BOOK", "40.00", "Member One"),
    entry("PDNG", "60.00", "Member Two"),
    entry("INFO", "70.00", "Member Three"),
)
REPORT = "".join(
    (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"><BkToCstmrAcctRpt>',
        HEAD,
        "<Rpt><Id>1</Id><CreDtTm>2026-12-01T18:00:00</CreDtTm>",
        ACCOUNT,
        balance("OPBD", "1000.00"),
        balance("CLBD", "1040.00"),
        *ENTRIES,
        "</Rpt></BkToCstmrAcctRpt></Document>",
    )
)

with open(sys.argv[1], "w") as file:
    file.write(REPORT)
for row in Camt052Parser(sys.argv[1]).parse().to_dict("records"):
    print("bankstatementparser", row["Amount"], repr(row["Debtor"]))
for line in Iso20022Parser(sys.argv[1]).parse().lines:
    print("ofxstatement-iso20022", line.amount, repr(line.payee))
for booked in parse_statement(REPORT).entries:
    print("camt053", booked.amount, booked.details[0].counterparty_name, booked.status)
END
seen=$("$folder/venv/bin/python" "$folder/shown.py" "$folder/report.xml")
echo "$seen"
[ "$seen" = "bankstatementparser 40.00 ''
bankstatementparser 60.00 ''
bankstatementparser 70.00 ''
ofxstatement-iso20022 40.00 None
ofxstatement-iso20022 60.00 None
ofxstatement-iso20022 70.00 None
camt053 40.00 Member One BOOK
camt053 60.00 Member Two PDNG
camt053 70.00 Member Three INFO" ]
