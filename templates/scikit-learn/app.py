"""The application behind gunicorn.

GET /ping                   200 as soon as the model is there
POST /invocations           a prediction for each row of a text/csv or application/json body
GET /execution-parameters   how a batch transform job should ask
"""

import io
import os
import sys
from pathlib import Path

import joblib
import numpy
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

MODEL = Path("/opt/ml/model/model.joblib")

app = Flask(__name__)
try:
    columns, model = joblib.load(MODEL)
except (OSError, ValueError) as error:
    sys.exit(f"cannot load the model from {MODEL}: {error}")


@app.get("/ping")
def ping():
    return Response(status=200)


@app.post("/invocations")
def invocations():
    rows = read_rows()
    predictions = model.predict(rows).round(4).tolist()
    if "text/csv" in request.headers.get("Accept", ""):
        return Response("".join(f"{value}\n" for value in predictions), mimetype="text/csv")
    return jsonify(predictions=predictions)


@app.get("/execution-parameters")
def execution_parameters():
    return jsonify(MaxConcurrentTransforms=min(os.cpu_count() or 1, 8), BatchStrategy="MULTI_RECORD", MaxPayloadInMB=6)


@app.errorhandler(HTTPException)
def refuse(error):
    """A client's mistake is a 4xx with a sentence. SageMaker hands both on, in a ModelError with status 424."""
    return jsonify(error=error.description), error.code


def read_rows():
    """The body as a table of finite numbers with as many columns as the model was trained on."""
    try:
        body = request.get_data()
    except OSError as error:  # a chunk that is none, a connection that ended
        raise BadRequest(f"the body cannot be read: {error}") from None
    if request.mimetype == "text/csv":
        rows = read_csv(body)
    elif request.mimetype == "application/json":
        rows = read_json()
    else:
        raise UnsupportedMediaType(f'send text/csv or application/json, not "{request.mimetype}"')
    if rows.size == 0:
        raise BadRequest("the body holds no rows")
    if rows.ndim != 2 or rows.shape[1] != len(columns):
        raise BadRequest(f"a row should have {len(columns)} values ({', '.join(columns)})")
    # Trees compare in single precision, where a number of this size is infinite.
    if not (numpy.abs(rows) < numpy.finfo(numpy.float32).max).all():
        raise BadRequest("a value is missing, not finite, or too large")
    return rows


def read_csv(body):
    """Rows without a header line, as text/csv is everywhere in SageMaker."""
    if not body.strip():
        raise BadRequest("the body holds no rows")
    try:
        return numpy.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2, comments=None, encoding="utf-8")
    except ValueError as error:
        raise BadRequest(f"the body is not CSV of numbers: {error}") from None


def read_json():
    """{"instances": [[…], …]}, the values of an instance in the order of the columns."""
    try:
        instances = request.get_json(silent=True)["instances"]
        # An object that is no number would become one otherwise: "1", true.
        if not all(type(value) in (int, float) for instance in instances for value in instance):
            raise TypeError("a value is not a number")
        return numpy.array(instances, dtype=float)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise BadRequest('the body is not JSON of the form {"instances": [[…], …]} with numbers') from None
