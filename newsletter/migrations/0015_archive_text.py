"""What the issues in the archive say, for searching them: written when an issue is frozen, and here for all before."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from selectolax.lexbor import LexborHTMLParser

LINES = "p, h1, h2, h3, h4, h5, h6, li, td, th, div, blockquote, figcaption, br, tr"


def text_of(web_html: str) -> str:
    """As `newsletter.issues.archive.text_of` was when this was written."""
    tree = LexborHTMLParser(web_html)
    body = tree.body
    if body is None:
        return ""
    tree.strip_tags(["script", "style", "title", "head"])
    sections = body.css("body > div > div")
    if len(sections) > 2:
        sections[0].decompose()
        sections[-1].decompose()
    for node in body.css(LINES):
        node.insert_after("\n")
    lines = (" ".join(line.split()) for line in body.text().splitlines())
    return "\n".join(line for line in lines if line)


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    campaigns = apps.get_model("newsletter", "Campaign").objects.using(schema_editor.connection.alias)
    for pk in list(campaigns.filter(web_text="").exclude(web_html="").values_list("pk", flat=True)):
        web_html = campaigns.values_list("web_html", flat=True).get(pk=pk)
        campaigns.filter(pk=pk).update(web_text=text_of(web_html))


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0014_approval")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
