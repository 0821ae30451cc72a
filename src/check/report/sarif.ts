import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import type { Check } from '../check.ts';
import { pageOf, type Report, type Told } from './report.ts';

/** What a log tells of the program that made it. */
export interface Tool {
  readonly version: string;
  readonly checks: readonly Check[];
  /** Name of a check -> its page, in Markdown. */
  readonly pages: ReadonlyMap<string, string>;
  /** The addresses of files start here: the top of a checkout, for the hosts that show them. */
  readonly cwd: string;
}

/**
 * The report as a SARIF 2.1.0 log, which code hosts show beside the lines of a Dockerfile. Every check is a rule, every finding a result; what the
 * baseline knows is suppressed. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
 */
export function sarifReport({ image, since, until, findings, isSound }: Report, { version, checks, pages, cwd }: Tool): string {
  const rules = checks.map((check) => ruleOf(check, pages.get(check.name)));
  const results = findings.flatMap((finding) => resultOf(finding, locationsOf(finding, image, cwd), checks));
  const run = {
    tool: { driver: { name: 'sm-local check', version, semanticVersion: version, rules } },
    invocations: [
      { executionSuccessful: true, exitCode: isSound ? 0 : 1, startTimeUtc: since.toISOString(), endTimeUtc: until.toISOString() },
    ],
    columnKind: 'utf16CodeUnits',
    results,
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const ruleOf = ({ name, area, proves, severity, source }: Check, page: string | undefined) => ({
  id: name,
  shortDescription: { text: proves },
  fullDescription: { text: `The check ${name} proves that ${proves}. Source: ${source.title}.` },
  help: { text: `Why the cloud cares, and what to do: ${pageOf({ name })}`, ...(page !== undefined && { markdown: page }) },
  ...(source.url !== undefined && { helpUri: source.url }),
  defaultConfiguration: { level: severity },
  properties: { tags: [area] },
});

function resultOf(finding: Told, locations: readonly object[], checks: readonly Check[]) {
  const { check, state, severity, text, isKnown } = finding;
  if (state === 'inapplicable' || state === 'passed') return [];
  const remedy = 'remedy' in finding && finding.remedy ? ` ${finding.remedy}` : '';
  const items = state === 'failed' ? (finding.items ?? []) : [];
  return [
    {
      ruleId: check.name,
      ruleIndex: checks.indexOf(check),
      // What could not be tested has no level of its own in SARIF; it counts as what it might be.
      kind: 'fail',
      level: severity,
      message: { text: `${state === 'untested' ? 'Not tested: ' : ''}${text}${remedy}` },
      locations,
      partialFingerprints: { 'finding/v1': fingerprint([check.name, state, ...items]) },
      ...(isKnown && { suppressions: [{ kind: 'external', justification: 'It stands in the baseline.' }] }),
    },
  ];
}

/**
 * The lines of the Dockerfile that are meant, else its first one; code hosts refuse a result without a file, so that an image of which there is no
 * Dockerfile stands for one by its name.
 */
function locationsOf(finding: Told, { name, directory }: Report['image'], cwd: string) {
  const logicalLocations = [{ name, kind: 'module' }];
  const found = finding.state === 'failed' ? (finding.places ?? []) : [];
  const places = found.length > 0 ? found : [{ file: directory === undefined ? name : 'Dockerfile', line: 1 }];
  return places.map(({ file, line }) => {
    const path = directory === undefined ? file : relative(cwd, join(directory, file)).replaceAll(sep, '/');
    return {
      physicalLocation: { artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') }, region: { startLine: line } },
      logicalLocations,
    };
  });
}

const fingerprint = (parts: readonly string[]): string => createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
