import assert from 'node:assert/strict';
import type { Finding } from '../../../src/check/check.ts';
import type { FileEntry, Layer } from '../../../src/check/evidence/layer.ts';
import { mergedFiles } from '../../../src/check/evidence/merged-files.ts';
import { environmentSecrets } from '../../../src/check/image/environment-secrets.ts';
import { historySecrets } from '../../../src/check/image/history-secrets.ts';
import { layerSecrets } from '../../../src/check/image/layer-secrets.ts';
import { secretInFile } from '../../../src/check/image/secret-files.ts';
import { instructionShown } from '../../../src/check/image/secrets.ts';
import { secretInVariable } from '../../../src/secrets.ts';
import { madeUp } from './made-up.ts';

// Written in two parts, so that nobody who looks for secrets finds them here.
const token = `ghp_${'a1B2c3D4'.repeat(5)}`;
const awsKey = `AKIA${'Q7ZTR2MNB4WX8YC3'}`;
const privateKey = `-----BEGIN RSA ${'PRIVATE KEY'}-----\n${'MIIEowIBAAKCAQEA'.repeat(4)}\n-----END RSA PRIVATE KEY-----\n`;

describe('secrets in variables', () => {
  for (const [name, value] of [
    ['SERVICE_TOKEN', 'Zk3x9QpL2vT8'],
    ['DB_PASSWORD', 'correct-horse'],
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEY1'],
    ['DB_PASSWORD', 'correct horse battery 9'],
    ['ANYTHING', token],
    ['ANYTHING', awsKey],
    ['PIP_INDEX_URL', 'https://reader:Zk3x9QpL2vT8@packages.example.org/simple'],
    ['DEPLOY', privateKey],
  ] as const) {
    it(`are found in ${name}`, () => assert.ok(secretInVariable(name, value)));
  }

  for (const [name, value] of [
    ['PYTHON_SHA256', 'f0a3b1c7a2b54e0a8a6b3c1f4e6f1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d'],
    ['GPG_KEY', 'A035C8C19219BA821ECEA86B64E628F8D684696D'],
    ['NGINX_GPGKEY', '573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62'],
    ['TOKENIZERS_PARALLELISM', 'false'],
    ['MAX_NEW_TOKENS', '512'],
    ['PAD_TOKEN', '<pad>'],
    ['BOS_TOKEN', '<|begin_of_text|>'],
    ['MASK_TOKEN', '[MASK]'],
    ['DB_PASSWORD_FILE', '/run/secrets/db'],
    ['DB_PASSWORD', '/run/secrets/db'],
    ['DB_SECRET', 'arn:aws:secretsmanager:us-east-1:000000000000:secret:db'],
    ['API_KEY', ''],
    ['API_TOKEN', 'is made by the server'],
    ['DB_PASSWORD', 'see the wiki'],
    ['API_KEY', 'changeme'],
    ['OPENAI_API_KEY', 'your-key-here'],
    ['HF_TOKEN', '$TOKEN'],
    ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
    ['HOMEPAGE', 'https://github.com/aws/sagemaker-training-toolkit'],
    ['DATABASE_URL', 'postgres://postgres:postgres1@localhost:5432/app'],
    ['KEYRING', 'secretstorage'],
    ['RSTUDIO_PANDOC', '/usr/lib/rstudio'],
  ] as const) {
    it(`are not found in ${name}=${value.slice(0, 24)}`, () => assert.equal(secretInVariable(name, value), undefined));
  }

  it('may have any name', async () => {
    const finding = await environmentSecrets.look(madeUp({ environment: { 'A(B_TOKEN': 'Zk3x9QpL2vT8' } }));
    assert.deepEqual(finding.state === 'failed' && finding.items, ['A(B_TOKEN']);
  });

  it('are told by name and never shown', async () => {
    const finding = await environmentSecrets.look(madeUp({ environment: { API_TOKEN: 'Zk3x9QpL2vT8', DEPLOY: token } }));
    assert.ok(finding.state === 'failed');
    assert.deepEqual(finding.items, ['API_TOKEN', 'DEPLOY']);
    assert.ok(!JSON.stringify(finding).includes('Zk3x9QpL2vT8') && !JSON.stringify(finding).includes(token));
  });
});

describe('secrets in files', () => {
  const found = (path: string, text: string, others: Readonly<Record<string, string>> = {}): string | undefined => {
    const entry = (content: string): FileEntry => ({ kind: 'file', mode: 0o644, size: content.length, text: content });
    const neighbours = new Map(Object.entries(others).map(([name, content]) => [name, entry(content)]));
    return secretInFile(path, entry(text), neighbours);
  };

  for (const [path, text] of [
    ['/root/.aws/credentials', '[default]\naws_secret_access_key = abcdefghijklmnopqrstuvwxyz0123456789ABCD\n'],
    ['/root/.netrc', 'machine packages.example.org login ci password Zk3x9QpL2vT8\n'],
    ['/opt/app/.npmrc', '//images.example.org/:_authToken=Zk3x9QpL2vT8abc\n'],
    ['/etc/pip.conf', '[global]\nindex-url = https://ci:Zk3x9QpL2vT8@packages.example.org/simple\n'],
    ['/root/.docker/config.json', '{"auths": {"images.example.org": {"auth": "Y2k6Wmszdi4uLg=="}}}'],
    ['/opt/app/.env', 'DEBUG=1\nSERVICE_API_KEY="Zk3x9QpL2vT8"\n'],
    ['/opt/app/.git/config', '[remote "origin"]\n\turl = https://ci:Zk3x9QpL2vT8@git.example.org/app.git\n'],
    ['/root/.ssh/id_rsa', privateKey],
    ['/opt/app/server.key', privateKey],
    ['/opt/app/gcp-service-account.json', JSON.stringify({ type: 'service_account', private_key: privateKey })],
    ['/opt/app/fetch.py', `TOKEN = "${token}"\n`],
  ] as const) {
    it(`are found in ${path}`, () => assert.ok(found(path, text)));
  }

  for (const [path, text] of [
    ['/root/.aws/credentials', '[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n'],
    ['/root/.aws/config', '[default]\nregion = eu-west-1\n'],
    ['/opt/app/.npmrc', `//packages.example.org/:_authToken=\${NPM_TOKEN}\n`],
    ['/opt/app/.env', 'DEBUG=1\n# API_KEY=Zk3x9QpL2vT8\nMODEL_DIR=/opt/ml/model\n'],
    ['/opt/app/.env.example', 'SERVICE_API_KEY=Zk3x9QpL2vT8\n'],
    ['/etc/ssl/private/ssl-cert-snakeoil.key', privateKey],
    ['/etc/ssh/ssh_host_rsa_key.key', privateKey],
    ['/usr/lib/python3/dist-packages/twisted/test/server.pem', privateKey],
    ['/opt/venv/lib/python3.11/site-packages/tornado/test/test.key', privateKey],
    ['/opt/app/tests/data/server.key', privateKey],
    ['/etc/ssl/certs/ca-certificates.pem', '-----BEGIN CERTIFICATE-----\nMIIF\n-----END CERTIFICATE-----\n'],
    ['/opt/app/.git/config', '[remote "origin"]\n\turl = https://github.com/aws/sagemaker-training-toolkit\n'],
    ['/opt/app/fetch.py', 'TOKEN = os.environ["TOKEN"]  # ghp_...\n'],
  ] as const) {
    it(`are not found in ${path}: ${text.slice(0, 20).trim()}`, () => assert.equal(found(path, text), undefined));
  }

  it('are not the keys by which the containers of a job reach each other', () => {
    const others = {
      '/root/.ssh/id_rsa.pub': 'ssh-rsa AAAAB3Nza root@build',
      '/root/.ssh/authorized_keys': 'ssh-rsa AAAAB3Nza root@build\n',
    };
    assert.equal(found('/root/.ssh/id_rsa', privateKey, others), undefined);
    assert.ok(found('/root/.ssh/id_rsa', privateKey, { '/root/.ssh/authorized_keys': 'ssh-rsa AAAAother x\n' }));
  });
});

describe('secrets in the history', () => {
  const looked = async (text: string, environment: Record<string, string> = {}) =>
    await historySecrets.look(madeUp({ environment }, { history: [text] }));

  for (const text of [
    '|1 INDEX_TOKEN=Zk3x9QpL2vT8 /bin/sh -c pip install -r requirements.txt',
    'RUN |1 INDEX_TOKEN=Zk3x9QpL2vT8 /bin/sh -c pip install -r requirements.txt # buildkit',
    '/bin/sh -c #(nop)  ARG INDEX_TOKEN=Zk3x9QpL2vT8',
    '/bin/sh -c export AWS_SECRET_ACCESS_KEY=Zk3x9QpL2vT8abcdef && ./fetch',
    'RUN /bin/sh -c curl -fsS -u ci:Zk3x9QpL2vT8 https://files.example.org/model # buildkit',
    'RUN /bin/sh -c pip install --index-url https://ci:Zk3x9QpL2vT8@packages.example.org/simple iris # buildkit',
    'RUN /bin/sh -c curl -H "Authorization: Bearer Zk3x9QpL2vT8abc" https://files.example.org # buildkit',
    'RUN /bin/sh -c aws configure set aws_secret_access_key Zk3x9QpL2vT8abcdef # buildkit',
    '/bin/sh -c #(nop)  ENV OLD_PASSWORD=Zk3x9QpL2vT8',
  ]) {
    it(`are found in ${text.slice(0, 60)}`, async () => {
      const finding = await looked(text);
      assert.equal(finding.state, 'failed');
      assert.ok(!JSON.stringify(finding).includes('Zk3x9QpL2vT8'), JSON.stringify(finding));
    });
  }

  for (const text of [
    '/bin/sh -c #(nop)  ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D',
    'ENV PYTHON_GET_PIP_SHA256=bc37786ec99618416cc0a0ca32833da447f4d91ab51d2c138dd15b7af21e8e9a',
    'RUN /bin/sh -c set -eux; export GNUPGHOME="$(mktemp -d)"; gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys "$GPG_KEY" # buildkit',
    'RUN |1 TOKEN= /bin/sh -c pip install iris # buildkit',
    'RUN /bin/sh -c TOKEN=$(cat /run/secrets/token) ./fetch # buildkit',
    'RUN /bin/sh -c curl -fsSL https://files.example.org/setup_20.x | bash - # buildkit',
    'RUN /bin/sh -c git clone https://$TOKEN@github.com/team/app # buildkit',
    'RUN /bin/sh -c useradd -u 1000:1000 app # buildkit',
    'CMD ["python3"]',
  ]) {
    it(`are not found in ${text.slice(0, 60)}`, async () => assert.equal((await looked(text)).state, 'passed'));
  }

  it('are the matter of the variable while it is set', async () => {
    assert.equal((await looked('ENV API_TOKEN=Zk3x9QpL2vT8', { API_TOKEN: 'Zk3x9QpL2vT8' })).state, 'passed');
    const spaced = 'correct horse battery 9';
    assert.equal((await looked(`ENV DB_PASSWORD=${spaced}`, { DB_PASSWORD: spaced })).state, 'passed');
    assert.equal((await looked(`ENV DB_PASSWORD="${spaced}"`)).state, 'failed');
  });

  it('are not shown with the instruction that made a layer', () => {
    assert.equal(instructionShown(`|1 TOKEN=Zk3x9QpL2vT8 /bin/sh -c ./fetch --all`), 'RUN ./fetch --all');
    assert.equal(instructionShown(`RUN /bin/sh -c TOKEN=Zk3x9QpL2vT8 ./fetch # buildkit`), 'RUN TOKEN=***');
    assert.equal(instructionShown(`/bin/sh -c #(nop) COPY file:${'0f'.repeat(32)} in /root/.netrc `), 'COPY … /root/.netrc');
  });
});

describe('what is shown of an instruction', () => {
  const second = 'ZZZZSECONDLINE'.repeat(4);
  const key = privateKey.replace('\n-----END', `\n${second}\n-----END`);
  for (const text of [
    `ARG DEPLOY_KEY=${key}`,
    `/bin/sh -c #(nop)  ARG DEPLOY_KEY=${key}`,
    `|1 DEPLOY_KEY=${key} /bin/sh -c ./fetch`,
    `RUN /bin/sh -c echo "${key}" > /root/.ssh/id_rsa # buildkit`,
    `ARG DB_PASSWORD=Zk3x9QpL2vT8 ${second}`,
    `RUN /bin/sh -c curl -u ci:Zk3x9QpL2vT8${second} https://files.example.org # buildkit`,
  ]) {
    it(`ends before the secret: ${text.slice(0, 50)}`, () => {
      const shown = instructionShown(text, 1000);
      assert.match(shown, /\*\*\*$/);
      assert.ok(!shown.includes('ZZZZ') && !shown.includes('MIIE') && !shown.includes('Zk3x9'), shown);
    });
  }

  it('is whole where a variable says only where the secret is', () => {
    const text = 'RUN /bin/sh -c TOKEN=$(cat /run/secrets/token) ./fetch # buildkit';
    assert.equal(instructionShown(text), 'RUN TOKEN=$(cat /run/secrets/token) ./fetch');
  });
});

describe('secrets in layers', () => {
  const credentials = (text: string): FileEntry => ({ kind: 'file', mode: 0o600, size: text.length, text });
  const secret = '[default]\naws_secret_access_key = abcdefghijklmnopqrstuvwxyz0123456789ABCD\n';
  const looked = async (...layers: readonly Partial<Layer>[]): Promise<Finding> => {
    const whole = layers.map((layer) => ({ entries: new Map(), deleted: [], emptied: [], instruction: '', ...layer }));
    const content = { layers: whole, ...mergedFiles(whole), history: [], exposedPorts: [], unread: 0 };
    return await layerSecrets.look({ ...madeUp(), content: async () => content });
  };
  const path = '/root/.aws/credentials';
  const copied = { entries: new Map([[path, credentials(secret)]]), instruction: 'COPY aws /root/.aws # buildkit' };

  it('are found though a later layer deletes or replaces them', async () => {
    for (const later of [{ deleted: [path] }, { emptied: ['/root'] }, { entries: new Map([[path, credentials('')]]) }]) {
      const finding = await looked(copied, later);
      assert.match(
        finding.text,
        /^\/root\/\.aws\/credentials holds AWS credentials, since `COPY aws \/root\/\.aws`; a later layer takes it away/,
      );
    }
  });

  it('are told once where a later layer has them again', async () => {
    const finding = await looked(copied, { entries: new Map([[path, credentials(secret)]]), instruction: 'RUN chmod' });
    assert.equal(finding.text, '/root/.aws/credentials holds AWS credentials, since `COPY aws /root/.aws`.');
  });
});
