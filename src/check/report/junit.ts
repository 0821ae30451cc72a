import { pageOf, type Report, type Told } from './report.ts';

/**
 * The report as JUnit's XML, which CI servers show: a suite an area, a test case a check. What fails the whole check is a failure, what could not
 * be tested an error; lesser findings pass with their text as output, and what does not apply is skipped.
 */
export function junitReport({ image, since, findings }: Report): string {
  const areas = [...new Set(findings.map(({ check }) => check.area))];
  const suites = areas.map((area) =>
    suite(
      area,
      findings.filter(({ check }) => check.area === area),
      image.name,
      since,
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'sm-local check', ...totals(findings) }, suites)}\n`;
}

const suite = (area: string, findings: readonly Told[], image: string, since: Date): string =>
  element('testsuite', { name: area, ...totals(findings), hostname: image, timestamp: since.toISOString() }, findings.map(testCase));

function totals(findings: readonly Told[]): Attributes {
  const count = (isMeant: (finding: Told) => boolean): number => findings.filter(isMeant).length;
  return {
    tests: findings.length,
    failures: count(({ state, isFailing }) => isFailing && state === 'failed'),
    errors: count(({ state, isFailing }) => isFailing && state === 'untested'),
    skipped: count(({ state }) => state === 'inapplicable'),
    time: findings.reduce((sum, { took }) => sum + took, 0).toFixed(3),
  };
}

function testCase(finding: Told): string {
  const { check, took } = finding;
  return element('testcase', { name: check.name, classname: `sm-local.${check.area}`, time: took.toFixed(3) }, [outcome(finding)]);
}

function outcome(finding: Told): string {
  const { check, state, severity, text, isFailing, isKnown } = finding;
  if (state === 'passed') return '';
  if (state === 'inapplicable') return element('skipped', { message: text }, []);
  const remedy = 'remedy' in finding && finding.remedy ? [`What to do: ${finding.remedy}`] : [];
  const evidence = finding.evidence ? ['', ...finding.evidence] : [];
  const whole = [text, ...remedy, `Source: ${check.source.title}; ${pageOf(check)}`, ...evidence].join('\n');
  if (!isFailing) return element('system-out', {}, [escaped(`${isKnown ? 'Known ' : ''}${severity}: ${whole}`)]);
  return element(state === 'failed' ? 'failure' : 'error', { message: text, type: severity }, [escaped(whole)]);
}

type Attributes = Readonly<Record<string, string | number>>;

/** `content`: XML already. */
function element(name: string, attributes: Attributes, content: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`);
  const inner = content.filter((part) => part !== '').join('\n');
  return inner === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inner}</${name}>`;
}

/** XML 1.0 has no way to write most control characters. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
