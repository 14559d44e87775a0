"""What somebody copies out of a card and a certificate, by pdfium, the engine of Chrome's
viewer: a name as it was given, in scripts whose letters join, stand one above another, or
are drawn in another order than they are written in."""

import json
import urllib.request

import pypdfium2

from stack import TENANT

NAMES = {
    "Latin with combining accents": "Jose\u0301 A\u030angstro\u0308m Nguye\u0302\u0303n",
    "Devanagari": "\u0936\u094d\u0930\u0940 \u0915\u094d\u0937\u093f\u0924\u093f \u0930\u0935\u093f\u0930\u094d\u092e\u093e",
    "Arabic": "\u0645\u062d\u0645\u062f \u0628\u0646 \u064a\u0648\u0633\u0641",
    "Han": "\u6b50\u967d\u5a1c\u5a1c",
}
# A line of its own for each name, with room for it.
HTML = "<style>p { margin: 0 } .name { height: 12mm }</style><p>Member</p><p class=\"name\">{{ membership.name }}</p>"


class Api:
    def __init__(self, address, token):
        self.address, self.token = address, token

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.address}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def make(self, group, **body):
        return self.send("POST", f"/{group}/{TENANT}", body)["id"]

    def document(self, kind, membership):
        """The bytes of a card or a certificate."""
        link = self.send("GET", f"/memberships/{TENANT}/{kind}/{membership}")
        with urllib.request.urlopen(f"{self.address}{link}") as answer:
            return answer.read()


def lines(pdf):
    """The text of a page, as copying all of it gives it."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage().get_text_range()
    document.close()
    return text.splitlines()


def copy(address, token):
    api = Api(address, token)
    card = api.make("idCardTemplates", name="Card", html_template=HTML)
    settings = {"override_certificate_settings": True,
                "certificate_settings": {"certificate_template": HTML}}
    kind = api.make("types", name="Named", customer_type="contact", id_card_template_id=card, **settings)
    package = api.make("packages", name="Named", business_unit_id="b", price=0)
    for script, name in NAMES.items():
        contact = api.make("contacts", name=name)
        membership = api.make("memberships", owner_type="contact", contact_id=contact,
                              type_id=kind, package_id=package)
        for paper in ("idCard", "certificate"):
            found = lines(api.document(paper, membership))
            assert found == ["Member", name], (script, paper, found, [hex(ord(c)) for c in found[-1]], name)
