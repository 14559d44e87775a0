#!/bin/sh
# minijinja 3.1.0 (its Python package): automatic HTML escaping writes a slash as &#x2f;,
# so that a link in rendered HTML does not hold the text of its URL.
# Expected: what Jinja2 3.1.6, whose language it follows, makes of the same template: it
# escapes & < > " ' and leaves the slash.
# Seen: <a href="https:&#x2f;&#x2f;portal.example&#x2f;runs?a=1&amp;b=2">
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check minijinja==3.1.0 jinja2==3.1.6
cat > "$folder/shown.py" <<'END'
import jinja2
import minijinja

TEMPLATE = '<a href="{{ link }}">'
LINK = "https://portal.example/runs?a=1&b=2"
print(jinja2.Environment(autoescape=True).from_string(TEMPLATE).render(link=LINK))
escaping = minijinja.Environment(auto_escape_callback=lambda name: True)
print(escaping.render_str(TEMPLATE, link=LINK))
END
seen=$("$folder/venv/bin/python" "$folder/shown.py")
echo "$seen"
[ "$seen" = '<a href="https://portal.example/runs?a=1&amp;b=2">
<a href="https:&#x2f;&#x2f;portal.example&#x2f;runs?a=1&amp;b=2">' ]
