"""From the body of a request to an answer, in a process that has the model and does nothing else."""

import csv
import io
import json
import math
from pathlib import Path

from model import LinearModel

MODEL = Path("/opt/ml/model/model.json")

model = None


class Refusal(Exception):
    """What the client has to put right: a 4xx with a sentence."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def load_model():
    global model
    model = LinearModel.from_json(json.loads(MODEL.read_text()))


def answer(body, content_type, accept):
    """Status, content type and text."""
    try:
        predictions = predict(read_records(body, content_type))
    except Refusal as refusal:
        return refusal.status, "application/json", json.dumps({"error": str(refusal)})
    if "text/csv" in accept:
        return 200, "text/csv; charset=utf-8", "".join(f"{value}\n" for value in predictions)
    return 200, "application/json", json.dumps({"predictions": predictions})


def predict(records):
    width = len(model.columns)
    predictions = []
    for number, record in enumerate(records, start=1):
        if len(record) != width:
            raise Refusal(400, f"row {number} has {len(record)} values, not {width} ({', '.join(model.columns)})")
        try:
            value = model.predict([float(value) for value in record])
        except (TypeError, ValueError, OverflowError):
            raise Refusal(400, f"row {number} holds something that is not a number") from None
        if not math.isfinite(value):
            raise Refusal(400, f"row {number} holds a value that is not finite, or too large")
        predictions.append(round(value, 4))
    if not predictions:
        raise Refusal(400, "the body holds no rows")
    return predictions


def read_records(body, content_type):
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/csv":
        return read_csv(body)
    if media_type == "application/json":
        return read_json(body)
    raise Refusal(415, f'send text/csv or application/json, not "{media_type}"')


def read_csv(body):
    """Rows without a header line, as text/csv is everywhere in SageMaker."""
    try:
        for record in csv.reader(io.StringIO(body.decode("utf-8"), newline="")):
            if record:
                yield record
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal(400, f"the body is not CSV: {error}") from None


def read_json(body):
    """{"instances": [[…], …]}, the values of an instance in the order of the columns."""
    try:
        instances = json.loads(body).get("instances")
    except (ValueError, AttributeError, RecursionError):
        instances = None
    if not isinstance(instances, list) or not all(isinstance(instance, list) for instance in instances):
        raise Refusal(400, 'the body is not JSON of the form {"instances": [[…], …]}')
    return instances
