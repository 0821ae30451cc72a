import { Readable } from 'node:stream';

/** What a run of the library tells, of which the lines are wanted. */
export interface Telling {
  events(options: { readonly signal: AbortSignal }): AsyncIterable<{ readonly event: string }>;
}

/** Everything that the containers print, from the first line on, one chunk a line; ends with them. Destroying it ends nothing else. */
export function linesOf(telling: Telling): Readable {
  const left = new AbortController();
  const stream = Readable.from(lines(telling, left.signal));
  stream.once('close', () => left.abort());
  stream.on('error', () => {}); // told to whoever iterates; one who only looks on must not end the test run
  stream.read(0); // files of logs that are open can be read to their end when they have gone meanwhile
  return stream;
}

async function* lines(telling: Telling, signal: AbortSignal): AsyncGenerator<string> {
  for await (const event of telling.events({ signal })) if (isLine(event)) yield `${event.message}\n`;
}

const isLine = (event: { readonly event: string }): event is { readonly event: 'log'; readonly message: string } => event.event === 'log';
