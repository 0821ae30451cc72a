import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Log } from 'sarif';
import { baselineOf } from '../../src/check/baseline.ts';
import { type Check, type Finding, failed, inapplicable, passed, untested } from '../../src/check/check.ts';
import type { Examined } from '../../src/check/examine.ts';
import { reportFormat } from '../../src/check/report/formats.ts';
import { jsonReport } from '../../src/check/report/json.ts';
import { junitReport } from '../../src/check/report/junit.ts';
import { measured, type Report, reported, type Told } from '../../src/check/report/report.ts';
import { sarifReport } from '../../src/check/report/sarif.ts';
import { ReportWriter, reportText } from '../../src/check/report/text.ts';
import { failsOn } from '../../src/check/selection.ts';

const checkOf = (name: string, more: Partial<Check> = {}): Check => ({
  ...{ name, area: 'image', proves: `${name} is well`, severity: 'error', source: { title: 'A page', url: 'https://example.com/a' } },
  ...{ look: async () => passed('x') },
  ...more,
});

const of = (check: Check, finding: Finding): Examined => ({
  ...{ ...finding, check, took: 0.25 },
  severity: (finding.state === 'failed' && finding.severity) || check.severity,
});

const remedy = 'mend it';
const findings = [
  of(checkOf('user'), failed('it runs as "app" & others', { remedy, items: ['app'], places: [{ file: 'Docker file', line: 7 }] })),
  of(checkOf('labels'), passed('all is well')),
  of(checkOf('train-exit', { area: 'train' }), untested('because of: \u001b[1muser', undefined, ['last <line>'])),
  of(checkOf('train-writes', { area: 'train', severity: 'note' }), failed('it writes', remedy)),
  of(checkOf('serve-ping', { area: 'serve' }), inapplicable('it has no program serve')),
];

const known = [
  { check: 'user', state: 'failed', severity: 'error', items: ['app', 'other'], text: 'x' },
  { check: 'labels', state: 'failed', severity: 'error', text: 'x' },
] as const;

function reportOf(baseline = baselineOf([]), severity?: string): Report {
  const measure = { baseline, fails: failsOn(severity) };
  const at = { since: new Date('2026-01-31T12:00:00Z'), until: new Date('2026-01-31T12:00:02.500Z') };
  const image = { name: './images/a', id: 'sha256:1', directory: '/project/images/a' };
  return reported(
    { image, ...at },
    findings.map((finding) => measured(finding, measure)),
    measure,
  );
}

describe('the report of a check', () => {
  it('is unsound with an error, and with what could not be tested as well', () => {
    const failing = (report: Report) => report.findings.filter(({ isFailing }) => isFailing).map(({ check }) => check.name);
    assert.equal(reportOf().isSound, false);
    assert.deepEqual(failing(reportOf()), ['user', 'train-exit']);
    assert.deepEqual(failing(reportOf(undefined, 'note')), ['user', 'train-exit', 'train-writes']);
  });

  it('does not count what the baseline knows, and tells what that knows in vain', () => {
    const report = reportOf(
      baselineOf([...known, { check: 'train-exit', state: 'untested', severity: 'error', text: 'because of: \u001b[1muser' }]),
    );
    assert.equal(report.isSound, true);
    assert.deepEqual(
      report.stale.map(({ check }) => check),
      ['labels'],
    );
  });

  it('as text has what does not apply for one reason in one line, and the way out below a finding', () => {
    const away = inapplicable('it is no server');
    const more = ['serve-runs', 'serve-ping', 'serve-stop'].map((name) => of(checkOf(name, { area: 'serve' }), away));
    const report = reportOf();
    const findings = [...report.findings.slice(0, 3), ...more].map((finding) =>
      measured(finding, { baseline: baselineOf([]), fails: failsOn() }),
    );
    assert.equal(
      reportText({ ...report, findings }),
      `The image
error       user                     it runs as "app" & others
                                     at Docker file:7
                                     → mend it
                                       A page; sm-local check --explain user
ok          labels                   all is well

Training
not tested  train-exit               because of: user
                                     | last <line>

Serving
-           serve-runs               and 2 more: it is no server

1 error, 1 not tested: 3 checks in 2.5 s.
`,
    );
  });

  it('as text for a terminal breaks long texts where they stand', () => {
    const writer = new ReportWriter(undefined, 70);
    const text = 'one two three four five six seven eight nine ten';
    const [told] = [measured(of(checkOf('user'), passed(text)), { baseline: baselineOf([]), fails: failsOn() })];
    assert.equal(
      writer.finding(told as Told),
      `The image
ok          user                     one two three four five six seven
                                     eight nine ten
`,
    );
  });

  it('as text for a narrow terminal has what was seen below the names', () => {
    const told = measured(of(checkOf('user'), failed('one two three four five six seven eight nine', remedy)), {
      baseline: baselineOf([]),
      fails: failsOn(),
    });
    assert.equal(
      new ReportWriter(undefined, 40).finding(told),
      `The image
error       user
    one two three four five six seven
    eight nine
    → mend it
      A page; sm-local check --explain user
`,
    );
  });

  it('as JSON holds every finding with its remedy, its source and its page', () => {
    const { counts, findings: told, took, isSound } = JSON.parse(jsonReport(reportOf()));
    assert.deepEqual(counts, { passed: 1, errors: 1, warnings: 0, notes: 1, untested: 1, known: 0 });
    assert.deepEqual([took, isSound, told.length], [2.5, false, 5]);
    assert.deepEqual(told[0], {
      ...{ check: 'user', area: 'image', proves: 'user is well', state: 'failed', severity: 'error', isKnown: false, isFailing: true },
      ...{ text: 'it runs as "app" & others', remedy, items: ['app'], places: [{ file: 'Docker file', line: 7 }] },
      ...{ source: { title: 'A page', url: 'https://example.com/a' }, page: 'docs/checks/user.md', took: 0.25 },
    });
  });

  it('as JUnit has a suite an area, failures for what fails, errors for what could not be tested', () => {
    const read = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([[root.tag, root.attrib["tests"], root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]],
  [[suite.attrib["name"], [[case.attrib["name"], [child.tag for child in case], "".join(case.itertext())] for case in suite]] for suite in root]]))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', read], { input: junitReport(reportOf()), encoding: 'utf8' });
    assert.equal(stderr, '');
    const [root, suites] = JSON.parse(stdout);
    assert.deepEqual(root, ['testsuites', '5', '1', '1', '1']);
    const [user, labels] = suites[0][1];
    assert.deepEqual([user[0], user[1], labels[1]], ['user', ['failure'], []]);
    assert.match(user[2], /^it runs as "app" & others\nWhat to do: mend it\nSource: A page; docs\/checks\/user\.md$/);
    const [exit, writes] = suites[1][1];
    assert.deepEqual([exit[1], writes[1], suites[2][1][0][1]], [['error'], ['system-out'], ['skipped']]);
    assert.match(exit[2], /because of: .\[1muser.*last <line>$/su);
  });

  it('as SARIF points to the lines of the Dockerfile, with a rule for every check, and suppresses what is known', () => {
    const checks = findings.map(({ check }) => check);
    const { runs } = JSON.parse(
      sarifReport(reportOf(baselineOf(known)), { version: '1.2.3', checks, pages: new Map([['user', '# user']]), cwd: '/project' }),
    ) as Log;
    const [run] = runs;
    assert.deepEqual(
      run?.tool.driver.rules?.map(({ id }) => id),
      checks.map(({ name }) => name),
    );
    assert.deepEqual(
      run?.results?.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level]),
      [
        ['user', 0, 'error'],
        ['train-exit', 2, 'error'],
        ['train-writes', 3, 'note'],
      ],
    );
    assert.equal(run?.tool.driver.rules?.[0]?.help?.markdown, '# user');
    const [user, exit] = run?.results ?? [];
    assert.deepEqual(user?.locations?.[0]?.physicalLocation, {
      artifactLocation: { uri: 'images/a/Docker%20file' },
      region: { startLine: 7 },
    });
    assert.equal(
      exit?.locations?.[0]?.physicalLocation?.artifactLocation?.uri,
      'images/a/Dockerfile',
      'code hosts refuse results without a file',
    );
    assert.equal(user?.suppressions?.length, 1);
    assert.equal(exit?.suppressions, undefined);
    assert.match(exit?.message.text ?? '', /^Not tested: /);
  });

  it('has four formats', () => {
    assert.equal(reportFormat(), 'text');
    assert.throws(() => reportFormat('xml'), { code: 'WrongUsage', remedy: 'Use one of: text, json, junit, sarif.' });
  });
});
