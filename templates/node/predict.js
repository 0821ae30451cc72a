// A thread of `serve`: it has the model, and makes the answers to requests.

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { LinearModel } from './model.js';

/** What the client has to put right: a 4xx with a sentence. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const model = loadModel('/opt/ml/model/model.json');
parentPort.on('message', ({ id, request }) => parentPort.postMessage({ id, answer: answer(request) }));
parentPort.postMessage('ready');

function loadModel(path) {
  try {
    return new LinearModel(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`cannot load the model from ${path}: ${error.message}`);
  }
}

function answer({ body, contentType, accept }) {
  try {
    const predictions = readRows(Buffer.from(body), contentType).map(predict);
    if (accept.includes('text/csv')) return { status: 200, type: 'text/csv; charset=utf-8', body: `${predictions.join('\n')}\n` };
    return { status: 200, type: 'application/json', body: JSON.stringify({ predictions }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, type: 'application/json', body: JSON.stringify({ error: error.message }) };
  }
}

function predict(row, n) {
  const { columns } = model;
  if (row.length !== columns.length) {
    throw new Refusal(400, `row ${n + 1} has ${row.length} values, not ${columns.length} (${columns.join(', ')})`);
  }
  if (!row.every(Number.isFinite)) throw new Refusal(400, `row ${n + 1} holds something that is not a finite number`);
  const value = Number(model.predict(row).toFixed(4));
  if (!Number.isFinite(value)) throw new Refusal(400, `row ${n + 1} has values that are too large`);
  return value;
}

function readRows(body, contentType) {
  const mediaType = contentType.split(';')[0].trim().toLowerCase();
  const rows = readers[mediaType]?.(body.toString());
  if (!rows) throw new Refusal(415, `send text/csv or application/json, not "${mediaType}"`);
  if (rows.length === 0) throw new Refusal(400, 'the body holds no rows');
  return rows;
}

const readers = {
  __proto__: null,

  /** Rows without a header line, as text/csv is everywhere in SageMaker. */
  'text/csv': (text) =>
    text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .map((line) => line.split(',').map((field) => (field.trim() === '' ? Number.NaN : Number(field)))),

  /** {"instances": [[…], …]}, the values of an instance in the order of the columns. */
  'application/json': (text) => {
    const instances = parsed(text)?.instances;
    if (!Array.isArray(instances) || !instances.every(Array.isArray)) {
      throw new Refusal(400, 'the body is not JSON of the form {"instances": [[…], …]}');
    }
    return instances;
  },
};

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${error.message}`);
  }
}
