// The loop of somebody at work: an edit of the code until the endpoint answers with it.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alternately, difference } from './measure.mjs';
import { watchingProcess } from './processes.mjs';
import { statusOf } from './raw-engine.mjs';

/** Goals as in goals.mjs, each with the function that measures it. */
export const watchGoals = [
  {
    id: 'watch',
    title: 'an edit to the answer with it, over start and ping of its container',
    measure: edited,
    figure: difference,
    of: ' ms',
    bar: 500,
    stretch: 300,
  },
  { id: 'watch', title: 'the same / start and ping of its container', measure: edited },
];

/** `sm-local serve --watch` of a Python server that is edited, and in turn the start of a container of its image. */
async function edited(workshop) {
  const directory = await mkdtemp(join(workshop.path, 'watched-'));
  const save = (version) => writeFile(join(directory, 'serve'), serverOf(version));
  const base = await workshop.image('serve-echo');
  await writeFile(join(directory, 'Dockerfile'), `FROM ${base}\nCOPY serve /usr/local/bin/serve\nRUN chmod +x /usr/local/bin/serve\n`);
  await save('0');
  const served = await watchingProcess(directory, workshop.home);
  try {
    let version = 0;
    const ours = async () => {
      version += 1;
      await sleep(1500); // what was replaced has gone
      const startedAt = performance.now();
      await save(String(version));
      while ((await answerOf(served.url)) !== `version ${version}`) await sleep(2);
      return performance.now() - startedAt;
    };
    const { rounds, signal, raw, isNative } = workshop;
    return await alternately({ rounds: rounds.jobs, signal }, ours, () => started(raw, served.tag, isNative));
  } finally {
    await served.end();
    await workshop.engine.images.remove(served.tag).catch(() => {});
  }
}

/** From the start of a container that is there to its first healthy answer. */
async function started(raw, image, isNative) {
  const ports = isNative ? undefined : { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] };
  const id = await raw.create(image, 'serve', { ports });
  try {
    const startedAt = performance.now();
    await raw.ask('POST', `/containers/${id}/start`);
    const { NetworkSettings } = await raw.ask('GET', `/containers/${id}/json`);
    const published = NetworkSettings.Ports['8080/tcp']?.[0].HostPort;
    const url = isNative ? `http://${NetworkSettings.IPAddress}:8080` : `http://127.0.0.1:${published}`;
    while ((await statusOf(`${url}/ping`)) !== 200) await sleep(2);
    return performance.now() - startedAt;
  } finally {
    await raw.ask('DELETE', `/containers/${id}?force=true`);
  }
}

function answerOf(url) {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.once('end', () => resolve(text));
    });
    call.once('error', reject).end('x');
  });
}

const serverOf = (version) => `#!/usr/bin/env python3
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get('content-length', 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'version ${version}')
    do_POST = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('0.0.0.0', 8080), Handler).serve_forever()
`;
