#!/bin/sh
# icalendar 7.3.2: a moment with a fixed offset, as RFC 3339 texts give it, is written with
# a zone of the name "UTC+01:00" that the calendar defines nowhere, and is read back by
# the same library without any offset: nine o'clock wherever the reader happens to be.
# Expected: the moment in UTC, or a VTIMEZONE beside it (RFC 5545, section 3.2.19: a TZID
# without one is an error), so that 09:00+01:00 comes back as 08:00 UTC, as it does where
# the moment was in UTC before.
# Seen: DTSTART;TZID="UTC+01:00":20261224T090000, no VTIMEZONE, read back without a zone
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.2
cat > "$folder/shown.py" <<'END'
from datetime import UTC, datetime

from icalendar import Calendar, Event

written = datetime.fromisoformat("2026-12-24T09:00:00+01:00")
for moment in (written, written.astimezone(UTC)):
    event = Event()
    event.add("uid", "1")
    event.add("dtstamp", datetime(2026, 1, 1, tzinfo=UTC))
    event.add("dtstart", moment)
    calendar = Calendar()
    calendar.add("prodid", "-//example//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    text = calendar.to_ical().decode()
    print(next(line for line in text.splitlines() if line.startswith("DTSTART")))
    print("VTIMEZONE" in text, Calendar.from_ical(text).walk("VEVENT")[0]["DTSTART"].dt)
END
seen=$("$folder/venv/bin/python" "$folder/shown.py")
echo "$seen"
[ "$seen" = 'DTSTART;TZID="UTC+01:00":20261224T090000
False 2026-12-24 09:00:00
DTSTART:20261224T080000Z
False 2026-12-24 08:00:00+00:00' ]
