#!/bin/sh
# ical.js 2.2.1: three rules for a due date give other days than RFC 5545 says, after a
# beginning that is right.
# - The last day of a quarter (FREQ=YEARLY, BYMONTH=3,6,9,12, BYMONTHDAY=-1): from the second
#   year on, the first of July and of October, in the next quarter.
# - The 31st or, where there is none, the last day (BYMONTHDAY=28,29,30,31, BYSETPOS=-1):
#   from the third month on, on each of the four days: four bills a month.
# - Every year on 29 February: on 1 March in the other years.
# Expected: 30 June and 30 September; one day a month; and nothing in the years that have no
# 29 February (RFC 5545, section 3.3.10: BYMONTHDAY=-1 is the last day of the month, BYSETPOS
# takes the nth of each month's set, and an instance with an invalid date is ignored), as
# rrule 2.8.1 answers.
# Seen: the days below
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --silent --no-audit --no-fund ical.js@2.2.1 rrule@2.8.1
cat > "$folder/shown.mjs" <<'END'
import ICAL from "ical.js";
import rrule from "rrule";

const RULES = [
  ["2026-12-31", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1;COUNT=5"],
  ["2026-01-31", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=5"],
  ["2024-02-29", "FREQ=YEARLY;COUNT=3"],
];

for (const [start, rule] of RULES) {
  const days = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateString(start));
  const seen = [];
  for (let day = days.next(); day; day = days.next()) seen.push(day.toString());
  const dtstart = start.replaceAll("-", "") + "T000000Z";
  const other = rrule.rrulestr(`DTSTART:${dtstart}\nRRULE:${rule}`).all();
  console.log("ical.js", seen.join(" "));
  console.log("rrule  ", other.map((day) => day.toISOString().slice(0, 10)).join(" "));
}
END
seen=$(node "$folder/shown.mjs")
echo "$seen"
[ "$seen" = 'ical.js 2026-12-31 2027-03-31 2027-07-01 2027-10-01 2027-12-31
rrule   2026-12-31 2027-03-31 2027-06-30 2027-09-30 2027-12-31
ical.js 2026-01-31 2026-02-28 2026-03-28 2026-03-29 2026-03-30
rrule   2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31
ical.js 2024-02-29 2025-03-01 2026-03-01
rrule   2024-02-29 2028-02-29 2032-02-29' ]
