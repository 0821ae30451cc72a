"""The application behind nginx and gunicorn: GET /ping says whether the model is there, POST /invocations predicts."""

import functools
import io
from pathlib import Path

import joblib
import numpy
import pandas
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotAcceptable, UnsupportedMediaType

MODEL = Path("/opt/ml/model/model.joblib")

app = Flask(__name__)


@functools.cache
def load_model():
    """Once in each worker, by its first request. What fails is not kept, so the next /ping tries again."""
    return joblib.load(MODEL)


@app.get("/ping")
def ping():
    try:
        load_model()
    except Exception:
        app.logger.exception("cannot load the model from %s", MODEL)
        return "", 503
    return "", 200


@app.post("/invocations")
def invocations():
    answer_type = choose_answer_type()
    model = load_model()
    rows = read_rows(list(model.feature_names_in_))
    probabilities = model.predict_proba(rows)
    labels = model.classes_[probabilities.argmax(axis=1)]
    if answer_type == "text/csv":
        return Response("".join(f"{label}\n" for label in labels), mimetype="text/csv")
    best = probabilities.max(axis=1).round(4).tolist()
    return jsonify(predictions=[{"label": label, "probability": p} for label, p in zip(labels, best)])


@app.errorhandler(HTTPException)
def refuse(error):
    """A client's mistake is a 4xx with a sentence. SageMaker hands both on, in a ModelError with status 424."""
    return jsonify(error=error.description), error.code


def choose_answer_type():
    """What the client likes best; JSON where it does not say."""
    if not request.headers.get("Accept"):
        return "application/json"
    chosen = request.accept_mimetypes.best_match(["application/json", "text/csv"])
    if chosen is None:
        raise NotAcceptable(f'this model answers application/json or text/csv, not "{request.headers["Accept"]}"')
    return chosen


def read_rows(columns):
    """The body as a table of finite numbers with the columns that the model was trained on."""
    if request.mimetype == "text/csv":
        table = read_csv(request.get_data(as_text=True), columns)
    elif request.mimetype == "application/json":
        table = read_json(request.get_json(silent=True), columns)
    else:
        raise UnsupportedMediaType(f'send text/csv or application/json, not "{request.mimetype}"')
    if table.empty:
        raise BadRequest("the body holds no rows")
    try:
        table = table.astype(float)
    except (TypeError, ValueError) as error:
        raise BadRequest(f"a value is not a number: {error}") from None
    is_finite = numpy.isfinite(table).all(axis=1)
    if not is_finite.all():
        raise BadRequest(f"row {int((~is_finite).to_numpy().argmax()) + 1}: a value is missing or not finite")
    return table


def read_csv(text, columns):
    """Rows without a header line, as text/csv is everywhere in SageMaker."""
    try:
        table = pandas.read_csv(io.StringIO(text), header=None)
    except ValueError as error:  # also what pandas raises for an empty body and for rows of different lengths
        raise BadRequest(f"the body is not CSV: {error}".strip()) from None
    if len(table.columns) != len(columns):
        raise BadRequest(f"a row has {len(table.columns)} values, not {len(columns)} ({', '.join(columns)})")
    return table.set_axis(columns, axis=1)


def read_json(body, columns):
    """{"instances": [...]}; an instance is a list in the order of the columns, or an object with their names."""
    instances = body.get("instances") if isinstance(body, dict) else None
    if not isinstance(instances, list):
        raise BadRequest('the body is not JSON of the form {"instances": [...]}')
    for number, instance in enumerate(instances, start=1):
        if isinstance(instance, dict):
            missing = [name for name in columns if name not in instance]
            if missing:
                raise BadRequest(f"instance {number} has no {', '.join(missing)}")
        elif not isinstance(instance, list) or len(instance) != len(columns):
            raise BadRequest(f"instance {number} is not {len(columns)} values ({', '.join(columns)})")
    rows = [[row[name] for name in columns] if isinstance(row, dict) else row for row in instances]
    return pandas.DataFrame(rows, columns=columns)
