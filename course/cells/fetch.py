#@title Fetch: files from their own host, checked {display-mode: "form"}
import hashlib
from pathlib import Path


def fetch(archive, url, pattern, sha256):
    """Download an archive once, unpack it, and return the paths of its files that fit `pattern`, by name.

    `sha256` : of the names and bytes of those files. Some hosts pack an archive anew from time to time; what is
    inside stays.
    """
    try:
        folder = Path(keras.utils.get_file(archive, url, extract=True))
    except Exception as error:
        raise OSError(f"{archive} cannot be had from {url} ({error}). Run this cell again later, or put a copy of that "
                      "file into ~/.keras/datasets.") from None
    files = sorted(folder.rglob(pattern), key=lambda path: path.name)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    made = (folder / "STAND-IN.txt").exists()  # by the course's own tests, on machines without a network
    if digest.hexdigest() != sha256 and not made:
        raise OSError(f"{folder} does not hold the published files ({len(files)} of them are there). Delete it and "
                      f"{archive} beside it, and run this cell again.")
    return files
