"""Prints on which days each of some cron expressions occurs, from 2026 to 2035: a
line each, the expression, then for each month the days as a hexadecimal number whose
bit 1 is the first. Made by the rules of Quartz's tutorial on its triggers
(https://www.quartz-scheduler.org/documentation/quartz-2.5.x/tutorials/crontrigger.html)
day by day, with nothing of the product: a day is asked whether it is one. Not compared
with a running Quartz.

    python3 occurrences.py > occurrences.txt
"""
import calendar
import datetime

SUNDAY_FIRST = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
MONTHS = [name.upper() for name in calendar.month_abbr[1:]]


def weekday(day):
    """1 is Sunday."""
    return day.isoweekday() % 7 + 1


def length(day):
    return calendar.monthrange(day.year, day.month)[1]


def number(text, names, first):
    return names.index(text) + first if text in names else int(text)


def among(value, item, least, most, names=(), first=0):
    """Whether a value is one of a number, a range or steps."""
    item, _, step = item.partition("/")
    if item in ("*", ""):
        start, stop = least, most
    elif "-" in item:
        start, stop = (number(part, names, first) for part in item.split("-"))
    else:
        start = number(item, names, first)
        stop = most if step else start
    reached = start
    while True:
        if reached == value:
            return True
        gone = 0
        while gone < int(step or 1):
            if reached == stop:
                return False
            reached = least if reached == most else reached + 1
            gone += 1


def is_nearest_weekday(day, wanted):
    """Monday to Friday next to a day of the same month."""
    if not 1 <= wanted <= length(day):
        return False
    near = [
        other
        for other in (day.replace(day=n) for n in range(1, length(day) + 1))
        if other.isoweekday() <= 5
    ]
    return day in near and day == min(near, key=lambda d: (abs(d.day - wanted), d.day))


def in_month(day, item):
    if item.startswith("L"):
        offset = item[1:].rstrip("W").lstrip("-")
        wanted = length(day) - int(offset or 0)
        return is_nearest_weekday(day, wanted) if item.endswith("W") else day.day == wanted
    if item.endswith("W"):
        return is_nearest_weekday(day, int(item[:-1]))
    return among(day.day, item, 1, 31)


def in_week(day, item):
    if item == "L":
        return weekday(day) == 7
    if item.endswith("L"):
        is_last = (day + datetime.timedelta(7)).month != day.month
        return weekday(day) == number(item[:-1], SUNDAY_FIRST, 1) and is_last
    if "#" in item:
        name, nth = item.split("#")
        before = [n for n in range(1, day.day + 1) if weekday(day.replace(day=n)) == weekday(day)]
        return weekday(day) == number(name, SUNDAY_FIRST, 1) and len(before) == int(nth)
    return among(weekday(day), item, 1, 7, SUNDAY_FIRST, 1)


def occurs(day, expression):
    _, _, _, days, months, weekdays, *years = expression.split()
    listed = lambda field, test: field == "?" or any(test(item) for item in field.split(","))
    return (
        listed(days, lambda item: in_month(day, item))
        and listed(months, lambda item: among(day.month, item, 1, 12, MONTHS, 1))
        and listed(weekdays, lambda item: in_week(day, item))
        and listed(years[0] if years else "?", lambda item: among(day.year, item, 1970, 2099))
    )


DAYS = """1 15 31 1,15 5-9 28-3 30-2 1/10 */7 2-20/6 L LW L-1 L-3 L-30 L-3W L-1W 1W 15W 30W 31W
1,15W,L 1,LW L-3,L 2W,29W 10-12,L-2W""".split()
WEEKDAYS = """1 MON 2-6 MON-FRI FRI-MON 7-2 SAT-SUN 2,4,6 2/2 */3 L 1L 6L FRIL 6#1 6#3 MON#5 1#2
MON,L 6L,2 6#1,6#3 FRI-MON/2 2#1,6L""".split()
REST = [
    "0 0 9 1 11-2 ?",
    "0 0 9 L NOV-FEB ?",
    "0 0 9 LW 1/3 ?",
    "0 0 9 ? JAN,7 6#3",
    "0 0 9 29 2 ?",
    "0 0 9 31W 2,4 ?",
    "0 0 9 LW 2/5 ? 2027-2029",
    "0 0 9 1 * ? 2026/3",
    "0 0 9 ? 12-1 L 2030,2033",
]

if __name__ == "__main__":
    expressions = [f"0 0 9 {days} * ?" for days in DAYS]
    expressions += [f"0 0 9 ? * {weekdays}" for weekdays in WEEKDAYS] + REST
    for expression in expressions:
        months = []
        for year in range(2026, 2036):
            for month in range(1, 13):
                first = datetime.date(year, month, 1)
                days = (first.replace(day=n) for n in range(1, length(first) + 1))
                months.append(sum(1 << day.day for day in days if occurs(day, expression)))
        print(expression, *(f"{month:x}" for month in months), sep="\t")
