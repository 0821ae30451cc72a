// Fills the blocks of the pages that stand between `<!-- begin NAME: … -->` and `<!-- end NAME -->`, from docs/tables.yaml and from the code's own
// tables; `--check` says instead which pages are not up to date. Run `npm run build` first: it reads what is compiled.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { operations as cloudwatch } from '../dist/src/api/cloudwatch/service.js';
import { ecrServed } from '../dist/src/api/ecr/service.js';
import { iamServed } from '../dist/src/api/iam/service.js';
import { operations as logs } from '../dist/src/api/logs/service.js';
import { servedOperations as s3 } from '../dist/src/api/s3/operations.js';
import { operations as sagemaker } from '../dist/src/api/sagemaker/service.js';
import { stsServed } from '../dist/src/api/sts/service.js';
import { checks } from '../dist/src/check/registry.js';
import { hostingMembers } from '../dist/src/contract/hosting-members.js';
import { trainingMembers } from '../dist/src/contract/training-members.js';
import { contractIndex } from './filled-pages/contract-index.mjs';
import { troubleByCode } from './filled-pages/trouble-by-code.mjs';

const root = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const tables = parse(read('docs/tables.yaml'));

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const count = (names) => [...names].length;
const members = (kind) =>
  Object.values({ ...trainingMembers, ...hostingMembers }).reduce((sum, support) => sum + Object.keys(support[kind] ?? {}).length, 0);

/** What of the tables only the code knows. */
const counted = {
  $sagemaker: String(count(Object.keys(sagemaker)) + 2),
  $operations: [
    `${count(Object.keys(sagemaker))} operations of SageMaker and 2 of its runtime`,
    `${count(s3)} of S3, ${count(Object.keys(logs))} of CloudWatch Logs, ${count(Object.keys(cloudwatch))} of CloudWatch, ${count(stsServed)} of STS, ${count(iamServed)} of IAM, ${count(ecrServed)} of ECR`,
    `of the members of requests ${members('emulated')} have their effect, ${members('stored')} are stored, ${members('refused')} are refused`,
  ].join('; '),
  $checks: `${checks.length} checks of settings, layers, Dockerfile, training, serving, batch transform and multi-model endpoints`,
};
const known = (cell) => counted[cell] ?? cell;

const blocks = {
  features: () =>
    table(
      ['SageMaker', 'here'],
      tables.features.map(({ of, parts, here }) => [`**${of}**: ${known(parts)}`, here]),
    ),
  environments: () =>
    table(
      ['environment', 'state'],
      tables.environments.map(({ on, state, how }) => [on, how === undefined ? state : `**${state}**: ${how}`]),
    ),
  peers: () =>
    table(
      ['', ...tables.peers.columns],
      tables.peers.rows.map((cells) => cells.map(known)),
    ),
  'trouble by code': () => troubleByCode(read('docs/errors.md')),
  'contract index': () => contractIndex({ training: read('docs/training-contract.md'), hosting: read('docs/hosting-contract.md') }),
};

const pages = [
  'README.md',
  ...readdirSync(new URL('docs', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const stale = [];
for (const page of pages) {
  const before = read(page);
  const after = before.replaceAll(/(<!-- begin ([a-z ]+): .* -->\n).*?(<!-- end \2 -->)/gs, (_all, begin, name, end) => {
    if (!blocks[name]) throw new Error(`${page}: nobody knows how to fill "${name}".`);
    return `${begin}${blocks[name]()}\n${end}`;
  });
  if (after === before) continue;
  stale.push(page);
  if (!process.argv.includes('--check')) writeFileSync(new URL(page, root), after);
}
if (stale.length > 0 && process.argv.includes('--check')) {
  console.error(`${stale.join(', ')}: not what the code and docs/tables.yaml say. Run: npm run build && node scripts/filled-pages.mjs`);
  process.exitCode = 1;
}
