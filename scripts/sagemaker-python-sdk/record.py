"""Plays the flows through a proxy and writes down what the SageMaker Python SDK asks for, for the tests to ask again without it.

    eval "$(sm-local env)"; IMAGE=<image of examples/iris> python3 scripts/sagemaker-python-sdk/record.py SDK-SOURCE

needs an `sm-local up` with a home of its own that holds nothing yet. fixtures/sagemaker-python-sdk/README.md tells what a recording holds.
"""

import base64
import http.client
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import flows
import stand_ins

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "sagemaker-python-sdk"
# What differs from one run to the next and from one machine to the next, and what belongs to the connection.
VOLATILE = {"host", "user-agent", "x-amz-date", "amz-sdk-invocation-id", "amz-sdk-request", "content-length", "connection"}
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
# Members of answers that the SDK hands back, and whose values the next run will not see again.
LEARNT = {"DescribeLogStreams": ("logStreams", 0, "logStreamName"), "GetLogEvents": ("nextForwardToken",)}
# Times that the SDK has from an answer, in seconds; the next run asks for another period.
TIMES = {"GetMetricStatistics": {"StartTime": "{{some minutes ago}}", "EndTime": "{{in a minute}}"}}
STATUSES = {"DescribeTrainingJob": "TrainingJobStatus", "DescribeEndpoint": "EndpointStatus"}


class Recorder:
    def __init__(self):
        self.exchanges = []

    def add(self, exchange, body):
        """Answers may be compared only where they are JSON."""
        operation = operation_of(exchange)
        answer = json.loads(body) if operation and body else {}
        if operation in STATUSES and STATUSES[operation] in answer:
            exchange["answer"]["saw"] = {STATUSES[operation]: answer[STATUSES[operation]]}
        learnt = value_at(answer, LEARNT.get(operation))
        if learnt is not None:
            exchange["learnt"] = learnt
        self.exchanges.append(exchange)

    def take(self, image):
        taken, self.exchanges = self.exchanges, []
        return [named(exchange, image) for exchange in without_values(without_repeats(taken))]


def value_at(answer, path):
    for step in path or [None]:
        try:
            answer = answer[step]
        except (KeyError, IndexError):
            return None
    return answer


def without_repeats(exchanges):
    """Of the same question asked over and over, the last: how often it was asked depends on how fast the job was."""
    request = lambda exchange: {name: part for name, part in exchange.items() if name not in ("answer", "learnt")}
    following = [*exchanges[1:], None]
    return [one for one, after in zip(exchanges, following) if after is None or "saw" not in one["answer"] or request(after) != request(one)]


def without_values(exchanges):
    """`learn` says where an answer has what a later `{{name}}` stands for."""
    known = {}
    for exchange in exchanges:
        if "json" in exchange:
            exchange["json"].update(TIMES.get(operation_of(exchange), {}))
            text = json.dumps(exchange["json"])
            for value, name in known.items():
                text = text.replace(json.dumps(value)[1:-1], "{{" + name + "}}")
            exchange["json"] = json.loads(text)
        learnt = exchange.pop("learnt", None)
        if learnt is not None:
            path = LEARNT[operation_of(exchange)]
            name = known.setdefault(learnt, f"{path[-1]} {len(known) + 1}")
            exchange["answer"]["learn"] = {name: ".".join(str(step) for step in path)}
    return exchanges


def operation_of(exchange):
    return exchange["headers"].get("X-Amz-Target", "").rsplit(".")[-1]


def named(exchange, image):
    text = json.dumps(exchange)
    return json.loads(text.replace(json.dumps(image), '"{{image}}"'))


def proxy(upstream, recorder):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            connection = http.client.HTTPConnection(upstream.hostname, upstream.port)
            sent = {name: value for name, value in self.headers.items() if name.lower() not in ("expect", "connection")}
            connection.request(self.command, self.path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
            exchange = {"method": self.command, "path": self.path, "headers": kept(self.headers), **body_of(body, self.headers)}
            recorder.add({**exchange, "answer": {"status": answer.status}}, content)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP | {"date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def kept(headers):
    """The signature is nobody's; what it is for says where a request belongs."""
    found = {name: value for name, value in headers.items() if name.lower() not in VOLATILE}
    if "Authorization" in found:
        found["Authorization"] = re.sub(r"/\d{8}/", "/20260101/", re.sub(r"Signature=\w+", "Signature=" + "0" * 64, found["Authorization"]))
    return found


def body_of(body, headers):
    if not body:
        return {}
    if "json" in headers.get("Content-Type", ""):
        return {"json": json.loads(body)}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def main():
    version = stand_ins.install(sys.argv[1])
    import boto3

    recorder = Recorder()
    os.environ["AWS_ENDPOINT_URL"] = proxy(urlsplit(os.environ["AWS_ENDPOINT_URL"]), recorder)
    user = flows.User()
    FIXTURES.mkdir(exist_ok=True)
    for number, flow in enumerate(flows.FLOWS, start=1):
        print("---", flow.__name__, flush=True)
        flow(user)
        recording = {"sdk": version, "boto3": boto3.__version__, "exchanges": recorder.take(user.image)}
        name = f"{number:02}-{flow.__name__.replace('_', '-')}.json"
        (FIXTURES / name).write_text(json.dumps(recording, indent=1) + "\n")


if __name__ == "__main__":
    main()
