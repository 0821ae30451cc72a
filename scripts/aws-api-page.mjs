// Writes docs/aws-api.md, the table of what `sm-local up` serves, from the code; `--check` says instead whether it is up to date.
// Run `npm run build` first: it reads the compiled services.
import { readFileSync, writeFileSync } from 'node:fs';
import { operations as cloudwatch } from '../dist/src/api/cloudwatch/service.js';
import { ecrServed } from '../dist/src/api/ecr/service.js';
import { iamServed } from '../dist/src/api/iam/service.js';
import { operations as logs } from '../dist/src/api/logs/service.js';
import { servedOperations as s3 } from '../dist/src/api/s3/operations.js';
import { operations as sagemaker } from '../dist/src/api/sagemaker/service.js';
import { stsServed } from '../dist/src/api/sts/service.js';
import { sagemakerOperations } from '../dist/src/contract/aws-operations.js';
import { hostingMembers } from '../dist/src/contract/hosting-members.js';
import { trainingMembers } from '../dist/src/contract/training-members.js';

const services = [
  [
    'SageMaker',
    Object.keys(sagemaker),
    `${sagemakerOperations.length} operations in all; the others are refused with 400 \`NotImplementedException\``,
  ],
  [
    'SageMaker Runtime',
    ['InvokeEndpoint', 'InvokeEndpointWithResponseStream'],
    '[the contract of hosting](hosting-contract.md) tells it row by row',
  ],
  ['S3', s3, 'path style and virtual hosts, every checksum, presigned addresses; others: 501 `NotImplemented`'],
  ['CloudWatch Logs', Object.keys(logs), 'the logs of jobs and endpoints, and groups of your own'],
  ['CloudWatch', Object.keys(cloudwatch), 'AWS JSON and the query protocol; not CBOR, which the JavaScript SDK speaks'],
  ['STS', stsServed, 'everybody has assumed a role'],
  ['IAM', iamServed, 'every role is there and may do everything'],
  ['ECR', ecrServed, 'images are those of the engine'],
];

const words = (names) =>
  [...names]
    .sort()
    .map((name) => `\`${name}\``)
    .join(', ');

const members = (table) =>
  Object.entries(table).map(([structure, { emulated = [], stored = [], refused = {} }]) => {
    const cell = (names) => (names.length === 0 ? '' : words(names));
    return `| \`${structure}\` | ${cell(emulated)} | ${cell(stored)} | ${cell(Object.keys(refused))} |`;
  });

const page = `# What \`sm-local up\` serves

Made by \`node scripts/aws-api-page.mjs\` from the code; a test keeps it up to date. How clients are set up is told in [docs/clients](clients/README.md).

| service | operations | |
| --- | --- | --- |
${services.map(([name, operations, note]) => `| ${name} | ${words(operations)} | ${note} |`).join('\n')}

Any access key is accepted. One of twelve digits says which account asks, and the region of the signature says where: what one account has in one region, another
does not see. Buckets belong to the account that made them, in every region.  Requests without a signature come from the account and the region that \`sm-local up\` was started
with. An operation that AWS has and sm-local does not is answered with status 400 (S3: 501) and its name, never with a 5xx, which clients try again.

## Members of requests

*Emulated* members have their effect. *Stored* ones are kept and told by Describe where AWS tells them, and a warning names them once. *Refused* ones are
answered with a ValidationException that says what to do instead. Members that AWS does not have are ignored, as AWS does, and a warning names them.

| structure | emulated | stored | refused |
| --- | --- | --- | --- |
${[...members(trainingMembers), ...members(hostingMembers)].join('\n')}
`;

const path = new URL('../docs/aws-api.md', import.meta.url);
if (process.argv.includes('--check')) {
  if (read() !== page) {
    console.error('docs/aws-api.md is not what the code says. Run: npm run build && node scripts/aws-api-page.mjs');
    process.exitCode = 1;
  }
} else writeFileSync(path, page);

function read() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
