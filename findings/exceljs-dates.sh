#!/bin/sh
# exceljs 4.4.0: a date that the file holds as an ISO text, as a workbook saved as "Strict
# Open XML" has it and openpyxl writes on request, is read as the serial number of its
# year: every day of 2026 is 18 July 1905, every day of 2027 the day behind it. And a
# member's number whose format puts a letter before it (\M0000, shown as M1042) is a date.
# Expected: 31 December 2026 and 31 January 2027 (ISO/IEC 29500-1, 18.18.11: a cell of type
# "d" holds an ISO 8601 date), and 1042 (18.8.31: a backslash shows the next character as
# it is), as calamine (its Python package, 0.9.1) and openpyxl 3.1.5 read both.
# Seen: the lines below
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    openpyxl==3.1.5 python-calamine==0.9.1
npm install --prefix "$folder" --silent --no-audit --no-fund exceljs@4.4.0
cat > "$folder/written.py" <<'END'
import sys
from datetime import date

from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

book = Workbook()
book.iso_dates = True
book.active.append([date(2026, 12, 31), date(2027, 1, 31), 1042])
book.active["C1"].number_format = r"\M0000"
book.save(sys.argv[1])

calamine = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()[0]
for name, cells in (
    ("calamine", calamine),
    ("openpyxl", [cell.value for cell in load_workbook(sys.argv[1]).active[1]]),
):
    print(name, *(format(cell, ".0f") if cell == 1042 else str(cell)[:10] for cell in cells))
END
cat > "$folder/read.cjs" <<'END'
const { Workbook } = require("exceljs");

const book = new Workbook();
book.xlsx.readFile(process.argv[2]).then(() => {
  const cells = book.worksheets[0].getRow(1).values.slice(1);
  console.log("exceljs ", ...cells.map((cell) => cell.toISOString().slice(0, 10)));
});
END
seen=$("$folder/venv/bin/python" "$folder/written.py" "$folder/members.xlsx"
    node "$folder/read.cjs" "$folder/members.xlsx")
echo "$seen"
[ "$seen" = 'calamine 2026-12-31 2027-01-31 1042
openpyxl 2026-12-31 2027-01-31 1042
exceljs  1905-07-18 1905-07-19 1902-11-07' ]
