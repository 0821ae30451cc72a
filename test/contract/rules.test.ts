import assert from 'node:assert/strict';
import { constraints } from '../../src/contract/constraints.ts';
import { namePattern, s3Uri } from '../../src/contract/constraints-shared.ts';
import { brokenParts, isLocalLocation, listParts, type Pattern, pattern, type Rule, text, whole } from '../../src/contract/rules.ts';

const broken = (rule: Rule, value: unknown): readonly string[] => brokenParts(rule, value).map(({ constraint }) => constraint);

describe('rules', () => {
  it('are worded as the service words them', () => {
    assert.deepEqual(broken(text(1, 3), ''), ['Member must have length greater than or equal to 1']);
    assert.deepEqual(broken(text(1, 3), 'four'), ['Member must have length less than or equal to 3']);
    assert.deepEqual(broken(text(0, 9, pattern('[a-z]+', 'be small')), 'A'), ['Member must satisfy regular expression pattern: [a-z]+']);
    assert.deepEqual(broken(whole(1, 5), 6), ['Member must have value less than or equal to 5']);
    assert.deepEqual(broken(whole(1), 0), ['Member must have value greater than or equal to 1']);
    assert.deepEqual(broken({ oneOf: [1, 2] }, 3), ['Member must satisfy enum value set: [1, 2]']);
  });

  it('list their parts as the service does', () => {
    assert.equal(
      listParts(text(0, 2500, pattern('.*', 'be one line'))),
      '[Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]',
    );
    assert.equal(listParts(whole(1)), '[Member must have value greater than or equal to 1]');
  });

  it('match the whole value, as Java does', () => {
    const digits = pattern('\\d+|x', 'be digits');
    assert.ok(digits.matches('123'));
    assert.ok(!digits.matches('123x'));
    assert.ok(!digits.matches('a\n123'));
    assert.ok(!pattern('.*', 'be one line').matches('two\nlines'));
  });

  it('do not match what is too long: a huge value costs nothing', () => {
    const huge = `${'a-'.repeat(5_000_000)}!`;
    const started = performance.now();
    assert.deepEqual(broken(text(1, 63, namePattern), huge), ['Member must have length less than or equal to 63']);
    assert.ok(performance.now() - started < 100);
  });

  it('have patterns that stay quick on what almost matches', () => {
    const patterns: Pattern[] = [];
    const collect = (rule: Rule): void => {
      if (rule.pattern) patterns.push(rule.pattern);
      for (const inner of [rule.items, rule.keys, rule.values]) if (inner) collect(inner);
    };
    for (const members of Object.values(constraints)) for (const rule of Object.values(members)) collect(rule);
    const attacks = ['a', '-', 'a-', '/', 'a/', ' ', 'arn:aws', 's3://', '0.'].flatMap((unit) => [
      `${unit.repeat(4096)}\n`,
      `arn:aws:sagemaker:us-east-1:000000000000:${unit.repeat(4096)}\n`,
      `s3://${unit.repeat(4096)}\n`,
    ]);
    const started = performance.now();
    for (const one of new Set(patterns)) for (const attack of attacks) one.matches(attack);
    const elapsed = performance.now() - started;
    assert.ok(elapsed < 2000, `${elapsed} ms`);
  });

  it('take local locations where S3 URIs stand, and only there', () => {
    for (const location of ['/data/train', 'file:///data/train', 'file://./train', `/${'deep/'.repeat(500)}`]) {
      assert.ok(isLocalLocation(location), location);
      assert.deepEqual(broken(s3Uri, location), [], location);
    }
    for (const location of ['data/train', './train', 'file://', 'file:/data', '', 'ftp://host/x', '/nul\0']) {
      assert.ok(!isLocalLocation(location), location);
      assert.deepEqual(broken(s3Uri, location), ['Member must satisfy regular expression pattern: (https|s3)://([^/]+)/?(.*)'], location);
    }
    assert.deepEqual(broken(s3Uri, 's3://bucket'), []);
    assert.deepEqual(broken(text(0, 63, namePattern), '/data'), [`Member must satisfy regular expression pattern: ${namePattern.text}`]);
  });
});
