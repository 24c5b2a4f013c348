"""Small pictures: WebP, loaded when they are near."""

import os

from PIL import Image
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


def visit_image(self, node):
    """A picture is loaded when it is near; its size is known before, so that nothing jumps."""
    source = node["uri"]
    type(self).visit_image(self, node)
    if source.endswith(".webp"):
        with Image.open(source) as picture:
            size = f'width="{picture.width}" height="{picture.height}"'
        self.body[-1] = self.body[-1].replace("<img ", f'<img loading="lazy" {size} ', 1)
