// Takes the input shapes of the operations sm-local serves out of the AWS SDK and writes src/contract/aws-shapes.ts; beside it, in
// aws-operations.ts, the names of all operations there are.
//
//   node scripts/aws-shapes.mjs            rewrites the files
//   node scripts/aws-shapes.mjs --check    exit code 1 when one of them is not what the installed SDK says
//
// The SDK's declaration files know member names, types and which members are required (`X: T | undefined` against
// `X?: T | undefined`); its code knows the enum values. Neither knows lengths, patterns and ranges: constraints.ts does.

import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const operations = [
  ...['CreateTrainingJob', 'DescribeTrainingJob', 'StopTrainingJob', 'DeleteTrainingJob', 'ListTrainingJobs'],
  'UpdateTrainingJob',
  ...['CreateModel', 'DescribeModel', 'DeleteModel', 'ListModels'],
  ...['CreateEndpointConfig', 'DescribeEndpointConfig', 'DeleteEndpointConfig', 'ListEndpointConfigs'],
  ...['CreateEndpoint', 'DescribeEndpoint', 'DeleteEndpoint', 'ListEndpoints', 'UpdateEndpoint'],
  ...['UpdateEndpointWeightsAndCapacities', 'AddTags', 'ListTags', 'DeleteTags'],
];

const require = createRequire(import.meta.url);
const lineWidth = 140;

/** Committed module -> what makes its text. */
const modules = { 'aws-shapes.ts': render, 'aws-operations.ts': renderOperations };

function main() {
  for (const [name, text] of Object.entries(modules)) {
    const target = fileURLToPath(new URL(`../src/contract/${name}`, import.meta.url));
    const wanted = text();
    if (!process.argv.includes('--check')) writeFileSync(target, wanted);
    else if (readFileSync(target, 'utf8') !== wanted) {
      process.stderr.write(`src/contract/${name} is not what the installed SDK says. Run: node scripts/aws-shapes.mjs\n`);
      process.exitCode = 1;
    }
  }
}

/** The whole text of aws-shapes.ts. */
export function render() {
  const sdk = readSdk();
  const inputs = Object.fromEntries(operations.map((operation) => [operation, sdk.inputOf(operation)]));
  const { structures, enums } = reach(Object.values(inputs), sdk);
  const numeric = [...enums].filter(([, values]) => values.every((value) => typeof value === 'number'));
  const textual = [...enums].filter(([, values]) => values.every((value) => typeof value === 'string'));
  return `${header(sdk.version)}
/** Operation -> the structure it takes. */
export const inputs = {
${Object.entries(inputs)
  .map(([operation, input]) => `  ${operation}: '${input}',`)
  .join('\n')}
} as const;

export type Operation = keyof typeof inputs;

/** Structure -> member -> type: \`!\` after it means required, \`[]\` a list of it, \`{}\` a map of strings to it. */
export const structures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
${[...structures].map(([name, members]) => object(name, members)).join('\n')}
};

/** Enum -> its values, with white space between. */
export const enums: Readonly<Record<string, string>> = {
${textual.map(([name, values]) => words(name, values)).join('\n')}
};

/** Enum of numbers -> its values. */
export const numberEnums: Readonly<Record<string, readonly number[]>> = {
${numeric.map(([name, values]) => `  ${name}: [${values.join(', ')}],`).join('\n')}
};
`;
}

/** The whole text of aws-operations.ts. */
export function renderOperations() {
  const { version, operations: all } = readSdk();
  const words = [''];
  for (const name of all()) {
    const last = words.at(-1);
    if (last.length + name.length + 3 > lineWidth) words.push(name);
    else words[words.length - 1] = last === '' ? name : `${last} ${name}`;
  }
  return `// Made by \`node scripts/aws-shapes.mjs\` from @aws-sdk/client-sagemaker ${version}. Do not edit: run it again.

/** Every operation that SageMaker has, to tell those that are not served here from misspellings. */
export const sagemakerOperations: readonly string[] = \`
${words.map((line) => `  ${line}`).join('\n')}
\`
  .trim()
  .split(/\\s+/);
`;
}

const header = (
  version,
) => `// Made by \`node scripts/aws-shapes.mjs\` from @aws-sdk/client-sagemaker ${version}. Do not edit: run it again.
// Input shapes of the operations sm-local serves. What the SDK does not know (lengths, patterns, ranges) is in constraints.ts.
`;

/** Every structure and enum that the inputs lead to, by name; members keep the SDK's order. */
function reach(roots, sdk) {
  const structures = new Map();
  const enums = new Map();
  const visit = (name) => {
    if (structures.has(name)) return;
    const members = sdk.membersOf(name);
    structures.set(
      name,
      members.map((member) => [member.name, `${member.type}${member.isRequired ? '!' : ''}`]),
    );
    for (const { type } of members) {
      const base = type.replace(/(\[\]|\{\})$/, '');
      if (['string', 'number', 'boolean', 'timestamp'].includes(base)) continue;
      if (sdk.isStructure(base)) visit(base);
      else enums.set(base, sdk.valuesOf(base));
    }
  };
  roots.forEach(visit);
  return { structures: sorted(structures), enums: sorted(enums) };
}

const sorted = (map) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The parts of the SDK this script reads. Anything it does not understand is an error, never left out. */
function readSdk() {
  const home = path.dirname(require.resolve('@aws-sdk/client-sagemaker/package.json'));
  const types = path.join(home, 'dist-types');
  const code = require('@aws-sdk/client-sagemaker');
  const declarations = readdirSync(path.join(types, 'models'))
    .filter((file) => file.startsWith('models_'))
    .map((file) => readFileSync(path.join(types, 'models', file), 'utf8'))
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '');
  const bodies = new Map([...declarations.matchAll(/export interface (\w+) \{([^}]*)\}/g)].map(([, name, body]) => [name, body]));

  return {
    version: JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')).version,
    operations: () =>
      readdirSync(path.join(types, 'commands'))
        .flatMap((file) => /^(\w+)Command\.d\.ts$/.exec(file)?.[1] ?? [])
        .sort(),
    isStructure: (name) => bodies.has(name),
    membersOf(name) {
      const lines = bodies
        .get(name)
        .split('\n')
        .filter((line) => line.trim() !== '');
      return lines.map((line) => {
        const parts = /^\s+(\w+)(\??): (.+) \| undefined;$/.exec(line);
        if (!parts) throw new Error(`Do not understand a member of ${name}: ${line}`);
        return { name: parts[1], isRequired: parts[2] === '', type: notation(parts[3]) };
      });
    },
    valuesOf(name) {
      // An enum of numbers is compiled to an object that also maps back: only one half of it are values.
      const all = Object.values(code[name] ?? {});
      const values = all.some((value) => typeof value === 'number') ? all.filter((value) => typeof value === 'number') : all;
      if (values.length === 0 || values.some((value) => /\s/.test(value))) throw new Error(`Do not understand the type ${name}`);
      return values;
    },
    inputOf(operation) {
      const command = readFileSync(path.join(types, 'commands', `${operation}Command.d.ts`), 'utf8');
      return /interface \w+CommandInput extends (\w+)/.exec(command)[1];
    },
  };
}

const notation = (type) => type.replace(/^Date$/, 'timestamp').replace(/^Record<string, (\w+)>$/, '$1{}');

/** One structure as Biome lays it out: on one line when it fits. */
function object(name, members) {
  const entries = members.map(([member, type]) => `${member}: '${type}'`);
  const line = `  ${name}: { ${entries.join(', ')} },`;
  if (entries.length === 0) return `  ${name}: {},`;
  return line.length <= lineWidth ? line : `  ${name}: {\n${entries.map((entry) => `    ${entry},`).join('\n')}\n  },`;
}

/** One enum; a long one as a block of lines, so that a change of the SDK is a readable difference. */
function words(name, values) {
  const line = `  ${name}: '${values.join(' ')}',`;
  if (line.length <= lineWidth) return line;
  const lines = [''];
  for (const value of values) {
    const last = lines.at(-1);
    if (last.length + value.length + 5 > lineWidth) lines.push(value);
    else lines[lines.length - 1] = last === '' ? value : `${last} ${value}`;
  }
  return `  ${name}: \`\n${lines.map((text) => `    ${text}`).join('\n')}\n  \`,`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
