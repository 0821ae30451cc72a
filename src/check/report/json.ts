import { asData, countsOf, type Report } from './report.ts';

/** The report as one JSON document; `docs/check.md` says what its members mean. */
export function jsonReport({ image, since, until, findings, stale, isSound }: Report): string {
  const took = (until.getTime() - since.getTime()) / 1000;
  const document = { version: 1, image, since, took, isSound, counts: countsOf(findings), findings: findings.map(asData), stale };
  return `${JSON.stringify(document, null, 2)}\n`;
}
