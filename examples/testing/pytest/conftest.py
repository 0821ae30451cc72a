"""Fixtures that run sm-local's command line, once for all tests."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

IRIS = Path(__file__).parents[2] / "iris"
IMAGE = os.environ.get("IMAGE", str(IRIS))  # an image, or a directory with a Dockerfile
BUILD = ["--build-arg", "BASE_IMAGE"] if "BASE_IMAGE" in os.environ else []  # where no registry answers


@pytest.fixture(scope="session")
def job(tmp_path_factory):
    """A training job that has completed: the last event of `sm-local train`."""
    channels = [f"--input={name}={IRIS}/data/{name}" for name in ("train", "validation")]
    options = ["--hp=epochs=50", "--metric=accuracy=validation:accuracy=([0-9.]+)", f"--output={tmp_path_factory.mktemp('output')}"]
    command = ["sm-local", "train", IMAGE, *BUILD, *channels, *options, "--json"]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(printed.splitlines()[-1])


@pytest.fixture(scope="session")
def endpoint(job):
    """The model of the job in service: the event that says so, with its name and its address."""
    with running("serve", IMAGE, *BUILD, "--model", job["files"]["model"], "--port", "0", until=("status", "InService")) as event:
        yield event


@pytest.fixture(scope="session")
def api():
    """The address of AWS's API, whose jobs and objects go with it."""
    with running("up", "--ephemeral", "--port", "0", until=("event", "ready")) as event:
        yield event["url"]


@contextmanager
def running(*arguments, until):
    """Runs a command of sm-local until the block ends, which begins with the first event of which `until` is true."""
    member, value = until
    command = ["sm-local", *arguments, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_pytest)
    try:
        events = map(json.loads, process.stdout)
        event = next((event for event in events if event.get(member) == value), None)
        assert event, f"sm-local ended with exit code {process.wait()}"
        threading.Thread(target=process.stdout.read, daemon=True).start()  # a pipe that nobody reads fills up
        yield event
    finally:
        process.terminate()
        process.wait()


def end_with_pytest():
    """A pytest that is killed takes the command with it, on Linux; elsewhere `sm-local stop` ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def client(service, url):
    """boto3's client of a service; any keys will do."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)
