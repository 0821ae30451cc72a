import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { commandInTerminal } from '../support/command-in-terminal.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { keys } from '../support/pseudo-terminal.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, testEngine, testLabels } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const dockerfile = () => `FROM ${baseImage()}
${Object.entries(testLabels).map(([key, value]) => `LABEL ${key}=${value}`)}
COPY serve /usr/local/bin/serve
RUN chmod +x /usr/local/bin/serve
`;
/** Answers with its version. */
const server = (version: string) => `#!/usr/bin/env python3
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get('content-length', 0)))
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.end_headers()
        self.wfile.write(b'{"version": "${version}"}')
    do_POST = do_GET
    def log_message(self, *_): pass
print('starting ${version}', flush=True)
http.server.ThreadingHTTPServer(('0.0.0.0', 8080), Handler).serve_forever()
`;

describe('sm-local serve --watch in a terminal', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
  });
  afterEach(async () => {
    for (const { id } of await testEngine().images.list(testLabels)) await testEngine().images.remove(id);
    await directory[Symbol.asyncDispose]();
  });

  it('answers with what is edited, with the old until then, and with the last that works; keys invoke, hide lines and quit', async () => {
    const save = (text: string): Promise<void> => writeFile(join(directory.path, 'serve'), text);
    await Promise.all([
      writeFile(join(directory.path, 'Dockerfile'), dockerfile()),
      save(server('one')),
      writeFile(join(directory.path, '.dockerignore'), 'home\n'),
    ]);
    await using terminal = commandInTerminal(['serve', '.', '--watch', '--name', 'it', '--port', '0', '--body', 'x'], place);
    await terminal.until('r rebuild · i invoke · l log lines · q quit');
    const { text } = await terminal.until(/Waiting for changes[\s\S]*Invoked: 200[\s\S]*"one"/);
    const [url = ''] = /http:\/\/127[^/\s]*/.exec(text) ?? [];

    await save(server('two'));
    await terminal.until('serve → synced, starting');
    const before = await invoke(url);
    await terminal.until(/it answers with it, after [\s\S]*\$\.version: "one" -> "two"/);
    assert.ok(before.includes('one') || before.includes('two'), before); // never an error
    assert.match(await invoke(url), /two/);

    await save('#!/usr/bin/env python3\nraise SystemExit("broken")\n');
    await terminal.until('What served before still answers; the next change is tried.');
    await terminal.until(/broken[\s\S]*It did not start\./);
    assert.match(await invoke(url), /two/);
    terminal.type('l');
    await terminal.until('Log lines are not shown');
    terminal.type('i');
    await terminal.until('the same answer');
    await save(server('three'));
    await terminal.until(/\$\.version: "two" -> "three"/);
    assert.doesNotMatch(terminal.screen.text, /starting three/);
    terminal.type('q');
    assert.equal(await terminal.ended, 0);
    assert.deepEqual(await leftOf(place.home), []);
  });

  it('gives up a build after a start that failed, and counts no grace down for what does not run', async () => {
    const save = (text: string): Promise<void> => writeFile(join(directory.path, 'serve'), text);
    await Promise.all([writeFile(join(directory.path, 'Dockerfile'), dockerfile()), save('#!/bin/sh\nexit 1\n')]);
    await writeFile(join(directory.path, '.dockerignore'), 'home\n');
    await using terminal = commandInTerminal(['serve', '.', '--watch', '--name', 'it', '--port', '0'], place);
    await terminal.until('Nothing serves yet; the next change is tried.');
    await writeFile(join(directory.path, 'Dockerfile'), `${dockerfile()}RUN sleep 60\n`);
    await terminal.until(/rebuilding: [\s\S]*RUN sleep 60/);
    terminal.type(keys.ctrlC);
    assert.equal(await terminal.ended, 130);
    assert.match(terminal.screen.text, /Stopping: the build is given up\./);
    assert.doesNotMatch(terminal.bytes, /SIGKILL in|Deleting/);
    assert.deepEqual(await leftOf(place.home), []);
  });

  it('watches the one directory among the images of several models, for all that are made of it, and leaves the others alone', async () => {
    await fixtureImage('serve-echo');
    const [app, more] = [`app-${process.pid}`, `more-${process.pid}`] as const;
    await Promise.all([app, more].map((name) => mkdir(join(directory.path, name))));
    const save = (text: string): Promise<void> => writeFile(join(directory.path, app, 'serve'), text);
    await Promise.all([
      save(server('one')),
      ...[app, more].map((name) => writeFile(join(directory.path, name, 'Dockerfile'), dockerfile())),
      writeFile(join(directory.path, more, 'serve'), server('more')),
      writeFile(
        join(directory.path, 'endpoints.json'),
        endpointsOf({ mine: `./${app}`, ours: `./${app}`, theirs: fixtureTag('serve-echo') }),
      ),
      writeFile(join(directory.path, 'two.json'), endpointsOf({ mine: `./${app}`, theirs: `./${more}` })),
    ]);
    const refused = await runCommand(['serve', '-f', 'two.json', '--watch', '--port', '0'], place);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /--watch goes with one directory, and the requests have \S+\/app-\d+, \S+\/more-\d+\./);

    const command = startCommand(['serve', '-f', 'endpoints.json', '--watch', '--port', '0', '--body', 'x', '--json'], place);
    await command.until(/"event":"invocation"/);
    const of = 'endpoint":"theirs","variant":"theirs","instance":"';
    const before = command.output().split(of).length;
    await save(server('two'));
    await command.until(/"event":"renewed","endpoints":\["mine","ours","theirs"\][\s\S]*"event":"invocation"/);
    const [, url = ''] = /"url":"(http:[^"]+)"/.exec(command.output()) ?? [];
    for (const name of ['mine', 'ours']) assert.match(await invoke(`${url}/endpoints/${name}`), /two/);
    assert.match(await invoke(`${url}/endpoints/theirs`), /"body": "x"/);
    assert.equal(command.output().split(of).length, before, command.output()); // no other instance
    command.signal('SIGINT');
    assert.equal((await command.ended).code, 0);
    assert.deepEqual(await leftOf(place.home), []);
  });
});

/** Endpoints with a model each, of the name and with the image given. */
const endpointsOf = (images: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    CreateModel: Object.entries(images).map(([ModelName, Image]) => ({ ModelName, PrimaryContainer: { Image } })),
    CreateEndpointConfig: Object.keys(images).map((name) => ({
      EndpointConfigName: name,
      ProductionVariants: [{ VariantName: name, ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
    })),
  });

async function invoke(url: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const call = http.request(`${url}/invocations`, { method: 'POST', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    call.on('error', reject).end('x');
  });
}
