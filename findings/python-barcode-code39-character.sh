#!/bin/sh
# python-barcode 0.16.1: a Code 39 of a member's number is read as another text, with a
# letter behind it: a check character is added unless one says otherwise.
# Expected: the text that was given, as zxing-cpp 3.1.1 reads it from a Code 128 by the
# same library and from a Code 39 by its own writer. In Code 39 the check character is
# optional, and a reader that isn't told of it takes it for data.
# Seen: Code 39 of M1042 is read as M1042T
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-barcode==0.16.1 pillow==13.0.0 zxing-cpp==3.1.1
cat > "$folder/shown.py" <<'END'
import io

import barcode
import zxingcpp
from barcode.writer import ImageWriter
from PIL import Image

NUMBER = "M1042"


def read(image):
    return zxingcpp.read_barcode(image).text


for kind in ("code128", "code39"):
    file = io.BytesIO()
    barcode.get(kind, NUMBER, writer=ImageWriter()).write(file)
    print("python-barcode", kind, read(Image.open(file)))
own = zxingcpp.create_barcode(NUMBER, zxingcpp.BarcodeFormat.Code39)
print("zxing-cpp code39", read(Image.fromarray(own.to_image(scale=3))))
END
seen=$("$folder/venv/bin/python" "$folder/shown.py")
echo "$seen"
[ "$seen" = 'python-barcode code128 M1042
python-barcode code39 M1042T
zxing-cpp code39 M1042' ]
