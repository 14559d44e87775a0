"""A local Lambda Invoke endpoint whose functions answer as a scenario says."""

import json
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Longer than any time limit in the scenarios; the stub has no other way not to answer.
HANG_SECONDS = 60

# What the real Lambda service would answer with itself, before any function runs.
SERVICE_STATUS = {"Lambda.TooManyRequestsException": 429, "Lambda.ServiceException": 500}

COMMON_HEADERS = {"Content-Type": "application/json", "x-amzn-RequestId": "stub"}

GOOD = {
    "prepare": {"next": "work", "shards": [{"shards": [0, 1]}]},
    "shard": {"next": "done", "cursor": "", "pass": 1, "wait_seconds": 0},
    "settle": {"outcome": "settled"},
    "fail": {},
}


class Script:
    """One scenario's answers, and the payloads that came."""

    def __init__(self, answers):
        self.answers = answers
        self.calls = defaultdict(int)
        self.payloads = []
        self.lock = threading.Lock()

    def next(self, payload):
        step = payload["step"].rsplit("-", 1)[1]
        shard = f"{step}/{payload['shards'][0]}" if "shards" in payload else step
        key = shard if shard in self.answers else step
        with self.lock:
            self.payloads.append(payload)
            self.calls[key] += 1
            script = self.answers.get(key, [{"answer": GOOD[step]}])
            return script[min(self.calls[key], len(script)) - 1]

    def invoked(self):
        with self.lock:
            return Counter(json.dumps(payload, sort_keys=True) for payload in self.payloads)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        function = self.path.split("/")[-2]
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        what = self.server.scripts[function].next(payload)
        if what.get("hang"):
            time.sleep(HANG_SECONDS)
        error = what.get("error")
        if error in SERVICE_STATUS:
            name = error.removeprefix("Lambda.")
            self.answer(SERVICE_STATUS[error], {"message": "stub"}, {"x-amzn-errortype": name})
        elif error:
            body = {"errorMessage": "stub", "errorType": error}
            self.answer(200, body, {"X-Amz-Function-Error": "Unhandled"})
        else:
            self.answer(200, what.get("answer", {}), {})

    def answer(self, status, body, headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**COMMON_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except BrokenPipeError:
            pass  # The caller's time limit has passed.

    def log_message(self, *_):
        pass


def serve(scripts):
    """Starts the endpoint for {function name: Script}; returns its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.scripts = scripts
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
