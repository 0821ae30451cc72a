import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { enums, inputs, structures } from '../../src/contract/aws-shapes.ts';
import { constraints } from '../../src/contract/constraints.ts';
import type { Rule } from '../../src/contract/rules.ts';

describe('aws-shapes', () => {
  it('is what the installed SDK says', () => {
    const script = fileURLToPath(new URL('scripts/aws-shapes.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('knows every structure its members name', () => {
    const plain = ['string', 'number', 'boolean', 'timestamp'];
    for (const [structure, members] of Object.entries(structures)) {
      for (const [member, type] of Object.entries(members)) {
        const base = type.replace(/(\[\]|\{\})?!?$/, '');
        const isKnown = plain.includes(base) || base in structures || base in enums || base === 'MetricPublishFrequencyInSeconds';
        assert.ok(isKnown, `${structure}.${member}: ${type}`);
      }
    }
    for (const input of Object.values(inputs)) assert.ok(input in structures, input);
  });

  it('marks as required what the API Reference requires', () => {
    assert.equal(structures.CreateTrainingJobRequest?.RoleArn, 'string!');
    assert.equal(structures.CreateTrainingJobRequest?.HyperParameters, 'string{}');
    assert.equal(structures.Channel?.DataSource, 'DataSource!');
    assert.equal(structures.CreateEndpointConfigInput?.ProductionVariants, 'ProductionVariant[]!');
  });
});

describe('constraints', () => {
  const types = Object.entries(constraints).flatMap(([structure, members]) =>
    Object.entries(members).map(([member, rule]) => ({
      name: `${structure}.${member}`,
      rule,
      type: structures[structure]?.[member]?.replace('!', ''),
    })),
  );

  it('are about members that exist', () => {
    assert.deepEqual(
      types.filter(({ type }) => type === undefined).map(({ name }) => name),
      [],
    );
  });

  it('fit the type of their member', () => {
    const fits = (rule: Rule, type = ''): boolean => {
      const isNumber = type === 'number';
      const isCollection = type.endsWith('[]') || type.endsWith('{}');
      if ((rule.range || rule.oneOf || rule.number) && !isNumber) return false;
      if ((rule.pattern || rule.isLocation) && type !== 'string') return false;
      if (rule.length && type !== 'string' && !isCollection) return false;
      if (rule.items && type !== 'string[]') return false;
      return !(rule.keys || rule.values) || type === 'string{}';
    };
    assert.deepEqual(
      types.filter(({ rule, type }) => !fits(rule, type)).map(({ name }) => name),
      [],
    );
  });

  it('bound every name and every list of the operations that create', () => {
    for (const structure of ['CreateTrainingJobRequest', 'CreateModelInput', 'CreateEndpointConfigInput', 'CreateEndpointInput']) {
      for (const [member, type] of Object.entries(structures[structure] ?? {})) {
        if (/^string!?$|\[\]!?$|\{\}!?$/.test(type)) assert.ok(constraints[structure]?.[member]?.length, `${structure}.${member}`);
      }
    }
  });
});
