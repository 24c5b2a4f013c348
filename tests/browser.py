"""A small server for a built site, and a watch over what a page says and asks for."""

import contextlib
import functools
import gzip
import http.server
import threading
from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """Compressed and kept by the browser, as a usual host sends it."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return self.send_error(404)
        body, kind = path.read_bytes(), self.guess_type(str(path))
        self.send_response(200)
        if kind.startswith("text/") or "javascript" in kind or "json" in kind or "svg" in kind:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        for key, value in {"Content-Type": kind, "Content-Length": len(body), "Cache-Control": "max-age=600"}.items():
            self.send_header(key, str(value))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serve(folder):
    """Serve a folder on a free port of this machine; gives the address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Watch:
    """Note what a reader should never see: errors, failed requests, requests to another host.

    Parameters
    ----------
    tab : playwright.sync_api.Page
    address : str
        Where every request must go.
    """

    def __init__(self, tab, address):
        self.tab, self.address, self.noise = tab, address, []
        self.listeners = {
            "console": lambda message: message.type in ("error", "warning")
            and self.noise.append(f"console: {message.text} {message.location.get('url', '')}"),
            "pageerror": lambda error: self.noise.append(f"error: {error}"),
            # A request that ended because the reader went on to another page did not fail.
            "requestfailed": lambda request: request.failure == "net::ERR_ABORTED" or self.noise.append(f"failed: {request.url}"),
            "request": lambda request: request.url.startswith((address, "data:", "blob:"))
            or self.noise.append(f"leaves the machine: {request.url}"),
            "response": lambda response: response.status >= 400 and self.noise.append(f"{response.status}: {response.url}"),
        }

    def __enter__(self):
        for event, listener in self.listeners.items():
            self.tab.on(event, listener)
        return self

    def __exit__(self, *_):
        for event, listener in self.listeners.items():
            self.tab.remove_listener(event, listener)
