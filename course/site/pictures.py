"""Small pictures: WebP, loaded when they are near. Sounds: files of their own, loaded when they are played."""

import base64
import hashlib
import os
import re
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter

LOSSLESS = 40_000  # bytes: a larger picture is a photograph, and is compressed as such


class SmallPictures(ImageConverter):
    """Turn the PNGs of the notebooks into WebP, made once for each picture."""

    def match(self, node):
        return self.app.builder.format == "html" and node["uri"].endswith(".png")

    def get_conversion_rule(self, node):
        return "image/png", "image/webp"

    def convert(self, source, target):
        if not os.path.exists(target):
            picture = Image.open(source)
            opaque = picture.mode != "RGBA" or picture.getchannel("A").getextrema()[0] == 255
            picture = picture.convert("RGB" if opaque else "RGBA")
            picture.save(target, lossless=True, method=4)
            if os.path.getsize(target) > LOSSLESS:
                photograph = f"{target}.webp"
                picture.save(photograph, quality=85, method=4, use_sharp_yuv=True)
                smaller = os.path.getsize(photograph) < 0.7 * os.path.getsize(target)
                os.replace(photograph, target) if smaller else os.remove(photograph)
        return True


class SoundFiles(SphinxPostTransform):
    """Take the sounds of the notebooks, WAV in the text of the page, out into files."""

    default_priority = 900  # when the outputs are HTML
    formats = ("html",)

    def run(self, **_):
        for node in list(self.document.findall(nodes.raw)) if self.app.builder.name != "epub" else ():
            text = re.sub(r'src="data:audio/wav;base64,([^"]+)"', self.file, node.astext())
            if text != node.astext():
                node.replace_self(nodes.raw("", text, format="html"))

    def file(self, found):
        sound = base64.b64decode(found[1])
        name = f"_images/{hashlib.sha256(sound).hexdigest()}.wav"
        path = Path(self.app.outdir) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sound)
        return f'src="{"../" * self.env.docname.count("/")}{name}"'


def visit_image(self, node):
    """A picture is loaded when it is near; its size is known before, so that nothing jumps."""
    source = node["uri"]
    type(self).visit_image(self, node)
    if source.endswith(".webp"):
        with Image.open(source) as picture:
            size = f'width="{picture.width}" height="{picture.height}"'
        self.body[-1] = self.body[-1].replace("<img ", f'<img loading="lazy" {size} ', 1)
