"""The README's picture: an SVG that stands by itself."""

from xml.etree import ElementTree as ET

from rich.text import Text

from fsrf_live.stream.dashboard import Picture
from fsrf_live.tools.make.picture import svg

PICTURE = Picture((Text.assemble(("+0.81", "bold #4aa8e0"), " positive"), Text("interval 90 %  ")))


def test_the_picture_is_sound_xml_with_its_text_and_colours() -> None:
    drawn = svg(PICTURE, "fsrf live")
    root = ET.fromstring(drawn)
    shown = "".join(root.itertext()).replace("\u00a0", " ")
    assert root.tag.endswith("svg")
    assert "+0.81" in shown
    assert "positive" in shown
    assert "#4aa8e0" in drawn


def test_the_picture_loads_nothing_from_elsewhere_and_is_the_same_every_time() -> None:
    drawn = svg(PICTURE, "fsrf live")
    assert "url(" not in drawn.replace("url(#", "")
    assert drawn == svg(PICTURE, "fsrf live")
