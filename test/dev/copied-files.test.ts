import assert from 'node:assert/strict';
import { type ContextFacts, copiedFiles, type Fate } from '../../src/dev/copied-files.ts';
import { parseDockerfile } from '../../src/engine/dockerfile.ts';

const files = [
  'Dockerfile',
  'train',
  'serve',
  'requirements.txt',
  'model.py',
  'app/api.py',
  'app/deep/est/x.py',
  'app/x.tar',
  'other/api.py',
];

/** `path mode? owner?` for each place, `unused`, or the line that says why not. */
function fateOf(path: string, dockerfile: string, facts: Partial<ContextFacts> = {}): string {
  const fate: Fate = copiedFiles(parseDockerfile(dockerfile), { files, ...facts })(path);
  if (fate.kind === 'unused') return 'unused';
  if (fate.kind === 'built') return /line (\d+)/.exec(fate.why)?.[0] ?? fate.why;
  return fate.targets
    .map(({ path: place, below, owner, modes = [], isDoubtful }) => {
      const own = `${modes.join(' ') || 'own'} ${owner ? `${owner.uid}:${owner.gid}` : 'of the image'}`;
      return `${place}${below === undefined ? '' : ` or ${below.path}`} ${isDoubtful ? 'doubtful' : own}`;
    })
    .join(', ');
}

describe('what a Dockerfile makes of a file', () => {
  const cases: readonly (readonly [title: string, lines: readonly string[], path: string, fate: string])[] = [
    ['copied into the working directory', ['WORKDIR /opt/program', 'COPY model.py train ./'], 'train', '/opt/program/train own 0:0'],
    ['copied with everything', ['COPY . /srv'], 'app/api.py', '/srv/app/api.py own 0:0'],
    ['copied with its directory', ['COPY app/ /srv/'], 'app/deep/est/x.py', '/srv/deep/est/x.py own 0:0'],
    ['copied by a pattern', ['COPY *.py /srv/'], 'model.py', '/srv/model.py own 0:0'],
    ['below a directory, which no pattern of the top matches', ['COPY *.py /srv/'], 'app/api.py', 'unused'],
    ['in a directory that a pattern matches', ['COPY ap? /srv/'], 'app/api.py', '/srv/api.py own 0:0'],
    ['of a class of signs', ['COPY [mt]odel.py /srv/'], 'model.py', '/srv/model.py own 0:0'],
    ['in the JSON form', ['COPY ["model.py", "/srv/a b/"]'], 'model.py', '/srv/a b/model.py own 0:0'],
    ['under another name, or into a directory of it', ['COPY model.py /srv/code'], 'model.py', '/srv/code or /srv/code/model.py own 0:0'],
    ['into a directory by a variable', ['ENV HOME_OF=/srv', `COPY model.py \${HOME_OF}/`], 'model.py', '/srv/model.py own 0:0'],
    ['by a variable with a default, which the base image may set', [`COPY model.py \${NOWHERE:-/srv}/`], 'model.py', 'line 2'],
    ['by a variable of the base image', ['COPY model.py $UNKNOWN/'], 'model.py', 'line 2'],
    ['relative to what only the base image knows', ['COPY model.py ./'], 'model.py', 'line 2'],
    ['with an owner and a mode', ['COPY --chown=10:20 --chmod=750 model.py /srv/'], 'model.py', '/srv/model.py 750 10:20'],
    ['with an owner by name', ['COPY --chown=app model.py /srv/'], 'model.py', '/srv/model.py own of the image'],
    ['added by its name, which may be that of an archive', ['ADD model.py /srv/'], 'model.py', 'line 2'],
    ['added with its directory', ['ADD app /srv/'], 'app/api.py', '/srv/api.py own 0:0'],
    ['by a pattern that one file alone may match', ['COPY mod*.py /srv/x.py'], 'model.py', '/srv/x.py or /srv/x.py/model.py own 0:0'],
    ['where another file may be', ['COPY model.py /srv', 'COPY app/api.py /srv/model.py'], 'model.py', 'line 2'],
    [
      'before a change of modes in a shell of its own',
      ['COPY train /srv/', 'SHELL ["/srv/train"]', 'RUN chmod +x /srv/train'],
      'train',
      'line 4',
    ],
    [
      'before a change of modes of something else',
      ['COPY train /srv/', 'RUN chmod -R 750 /opt/lib /srv/serve'],
      'train',
      '/srv/train own 0:0',
    ],
    ['before a change of modes by a pattern', ['COPY train /srv/', 'RUN chmod 750 /srv/*'], 'train', '/srv/train doubtful'],
    ['between single quotes', ["COPY model.py '/srv/$X/'"], 'model.py', '/srv/$X/model.py own 0:0'],
    ['added as an archive', ['ADD app/x.tar /srv/'], 'app/x.tar', 'line 2'],
    ['copied with the parents of its name', ['COPY --parents app/api.py /srv/'], 'app/api.py', 'line 2'],
    [
      'before a command',
      ['COPY requirements.txt /srv/', 'RUN pip install -r /srv/requirements.txt', 'COPY model.py /srv/'],
      'requirements.txt',
      'line 3',
    ],
    [
      'after a command',
      ['COPY requirements.txt /srv/', 'RUN pip install -r /srv/requirements.txt', 'COPY model.py /srv/'],
      'model.py',
      '/srv/model.py own 0:0',
    ],
    [
      'before a change of modes',
      ['COPY train serve /srv/', 'RUN chmod +x /srv/train && chown 1:1 /srv/train; mkdir -p /x'],
      'train',
      '/srv/train +x 1:1',
    ],
    ['before a change of modes in the JSON form', ['COPY train /srv/', 'RUN ["chmod", "+x", "/srv/train"]'], 'train', '/srv/train +x 0:0'],
    ['before a change of modes that does more', ['COPY train /srv/', 'RUN chmod +x $(cat /srv/train)'], 'train', 'line 3'],
    ['before one that writes', ['COPY train /srv/', 'RUN mkdir /x && cp /srv/train /x'], 'train', 'line 3'],
    [
      'that a bind mount shows',
      ['RUN --mount=type=bind,source=requirements.txt,target=/r pip install -r /r'],
      'requirements.txt',
      'line 2',
    ],
    ['that a bind mount of the whole shows', ['RUN --mount=target=/src make -C /src', 'COPY model.py /srv/'], 'model.py', 'line 2'],
    [
      'beside what a bind mount shows',
      ['RUN --mount=type=bind,source=requirements.txt,target=/r true', 'COPY model.py /srv/'],
      'model.py',
      '/srv/model.py own 0:0',
    ],
    ['copied twice', ['COPY model.py /a/', 'COPY . /b/'], 'model.py', '/a/model.py own 0:0, /b/model.py own 0:0'],
    ['that another file replaces', ['COPY app/ /srv/', 'COPY other/ /srv/'], 'app/api.py', 'unused'],
    ['that replaces another', ['COPY app/ /srv/', 'COPY other/ /srv/'], 'other/api.py', '/srv/api.py own 0:0'],
    ['that something of elsewhere may replace', ['COPY app/ /srv/', 'COPY --from=alpine /srv /srv'], 'app/api.py', 'line 3'],
    ['beside something of elsewhere', ['COPY app/ /srv/', 'COPY --from=alpine /bin /opt/bin'], 'app/api.py', '/srv/api.py own 0:0'],
    ['in a volume', ['VOLUME /srv', 'COPY app/ /srv/'], 'app/api.py', 'line 2'],
    ['that nothing takes in', ['COPY app/ /srv/'], 'model.py', 'unused'],
    ['that comes from a here-document', ['COPY <<EOF /srv/model.py', 'text', 'EOF'], 'model.py', 'line 2'],
  ];
  for (const [title, lines, path, fate] of cases) {
    it(`${title}: ${fate}`, () => assert.equal(fateOf(path, ['FROM base', ...lines].join('\n')), fate));
  }

  it('in a stage whose result is copied was built', () => {
    const text = 'FROM base AS made\nCOPY app/ /src/\nRUN make\nFROM base\nCOPY --from=made /out /srv\nCOPY model.py /opt/';
    assert.equal(fateOf('app/api.py', text), 'line 2');
    assert.equal(fateOf('model.py', text), '/opt/model.py own 0:0');
  });

  it('in a stage that the last one stands on is copied', () => {
    const text = 'FROM base AS one\nWORKDIR /opt/program\nCOPY model.py ./\nFROM one\nCOPY train ./';
    assert.equal(fateOf('model.py', text), '/opt/program/model.py own 0:0');
    assert.equal(fateOf('train', text), '/opt/program/train own 0:0');
    assert.equal(fateOf('model.py', `${text}\nRUN make`), 'line 6');
  });

  it('in a stage that another one goes on from was built, whoever it is copied by', () => {
    const through = 'FROM base AS code\nCOPY app /src/\nFROM code AS made\nRUN make\nFROM code\nCOPY --from=made /out.py /';
    assert.equal(fateOf('app/api.py', through), 'line 2');
    const twice = 'FROM base AS one\nCOPY model.py /a/\nFROM one\nCOPY --from=one /a /b';
    assert.equal(fateOf('model.py', twice), 'line 2');
    const mounted = 'FROM base AS one\nCOPY model.py /a/\nFROM one\nRUN --mount=type=bind,from=one,target=/x cp /x/a/model.py /b';
    assert.equal(fateOf('model.py', mounted), 'line 2');
  });

  it('in a stage whose ONBUILD may take it in was built', () => {
    const text = 'FROM base AS one\nONBUILD COPY . /srv\nFROM one\nCOPY model.py /opt/';
    assert.equal(fateOf('app/api.py', text), 'line 2');
    assert.equal(fateOf('model.py', 'FROM base\nCOPY model.py /opt/\nONBUILD COPY . /srv'), '/opt/model.py own 0:0');
  });

  it('that a link leads to was built', () => {
    const links = new Set(['other']);
    assert.equal(fateOf('app/api.py', 'FROM base\nCOPY other /srv/', { links }), 'line 2');
    assert.equal(fateOf('app/api.py', 'FROM base\nCOPY other/api.py /srv/\nCOPY app /app', { links }), 'line 2');
    assert.equal(fateOf('app/api.py', 'FROM base\nCOPY . /srv/', { links }), '/srv/app/api.py own 0:0', 'links are copied as such');
  });

  it('goes where variables say, those of the base image first', () => {
    const base = { environment: { OWN: '/base' }, workingDirectory: '/home/app' };
    const text = 'ARG PLACE=/a\nFROM base\nARG PLACE\nCOPY model.py $PLACE/';
    assert.equal(fateOf('model.py', text, { base }), '/a/model.py own 0:0');
    assert.equal(fateOf('model.py', text, { base, buildArguments: { PLACE: '/b' } }), '/b/model.py own 0:0');
    assert.equal(fateOf('model.py', 'FROM base\nENV P=/e\nARG P=/a\nCOPY model.py $P/'), '/e/model.py own 0:0', 'ENV wins');
    assert.equal(fateOf('model.py', `FROM base\nARG OWN=/a\nCOPY model.py \${OWN:-/c}/`, { base }), '/base/model.py own 0:0');
    assert.equal(fateOf('model.py', `FROM base\nCOPY model.py \${ELSE:-/c}/`, { base }), '/c/model.py own 0:0');
    assert.equal(fateOf('model.py', 'FROM base\nCOPY model.py ./', { base }), '/home/app/model.py own 0:0');
  });
});
