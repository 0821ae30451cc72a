import type { Payload } from '../request.ts';
import type { ImageContent } from './image-content.ts';
import { isOfOthers } from './origins.ts';

/** What a server might take, when nobody says what it does: the usual ones first, then what its own code names. */
export function* usualPayloads(content: ImageContent): Generator<Payload> {
  for (const value of jsons) yield json(value);
  for (const width of widths) yield csv(width);
  yield { body: Buffer.from('Hello, world'), contentType: 'text/plain' };
  const named = contentTypesIn(content);
  for (const contentType of named) yield* ofType(contentType);
}

/** As the frameworks that serve models have it: TensorFlow's, plain rows, MLflow's, Hugging Face's, and what tutorials make up. */
const jsons: readonly unknown[] = [
  { instances: [[1, 2, 3, 4]] },
  [[1, 2, 3, 4]],
  [1, 2, 3, 4],
  { inputs: 'Hello, world' },
  { inputs: [[1, 2, 3, 4]] },
  { data: [[1, 2, 3, 4]] },
  { features: [1, 2, 3, 4] },
  { input: [[1, 2, 3, 4]] },
  { text: 'Hello, world' },
  {},
];

/** Columns of a row of numbers: of the data sets that tutorials use first (Iris, the diabetes and wine data of scikit-learn, abalone, MNIST). */
const widths = [4, 10, 13, 8, 1, 2, 3, 5, 30, 784];

const json = (value: unknown): Payload => ({ body: Buffer.from(JSON.stringify(value)), contentType: 'application/json' });

const csv = (width: number, contentType = 'text/csv'): Payload => ({
  body: Buffer.from(`${Array.from({ length: width }, (_, index) => `${(index % 7) + 0.5}`).join(',')}\n`),
  contentType,
});

function* ofType(contentType: string): Generator<Payload> {
  if (/json(lines|l)/.test(contentType)) yield { body: Buffer.from('[1, 2, 3, 4]\n'), contentType };
  else if (/json/.test(contentType)) yield { body: Buffer.from(JSON.stringify({ instances: [[1, 2, 3, 4]] })), contentType };
  else if (/csv/.test(contentType)) yield csv(4, contentType);
  else if (/libsvm/.test(contentType)) yield { body: Buffer.from('0 1:1.5 2:2.5 3:3.5 4:4.5\n'), contentType };
  else if (/image/.test(contentType)) yield { body: whitePixel, contentType };
  else yield { body: Buffer.from('Hello, world'), contentType };
}

/** A PNG of one white pixel. */
const whitePixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=', 'base64');

/** Content types that the image's own programs name, other than the usual ones; no more than a few. */
function contentTypesIn({ files }: ImageContent): readonly string[] {
  const found = new Set<string>();
  for (const [path, { text }] of files) {
    if (text === undefined || !isProgram.test(path) || isOfOthers(path)) continue;
    for (const [, type = ''] of text.matchAll(contentType)) found.add(type.toLowerCase());
    if (found.size >= mostTypes) break;
  }
  return [...found].filter((type) => !usual.has(type)).slice(0, mostTypes);
}

const contentType = /["'](application\/[a-z][a-z0-9.+-]+|text\/[a-z][a-z0-9.+-]+|image\/(?:png|jpeg)|audio\/[a-z]+)["']/gi;
const isProgram = /\.(py|js|mjs|ts|r|rb|go|java|sh)$|\/(serve|server|predictor|app)$/i;
const usual = new Set(['application/json', 'text/csv', 'text/plain', 'text/html', 'text/javascript', 'application/javascript']);
const mostTypes = 8;

/** The sample, made as long as that without meaning anything else where its format allows it: spaces before JSON's end, rows repeated. */
export function grown({ body, contentType: type }: Payload, bytes: number): Buffer {
  if (/json/i.test(type) && !/jsonl/i.test(type) && body.length > 0 && body.length < bytes) {
    const end = body.subarray(-1);
    return Buffer.concat([body.subarray(0, -1), Buffer.alloc(bytes - body.length, ' '), end]);
  }
  const unit =
    body.length === 0 ? Buffer.from(' ') : /^text\/(csv|plain)/i.test(type) && body.at(-1) !== newline ? withNewline(body) : body;
  return Buffer.alloc(Math.max(Math.floor(bytes / unit.length), 1) * unit.length, unit);
}

const newline = 0x0a;
const withNewline = (body: Buffer): Buffer => Buffer.concat([body, Buffer.from('\n')]);
