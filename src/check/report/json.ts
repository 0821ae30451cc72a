import { asDocument, type Report } from './report.ts';

/** The report as one JSON document; `docs/check.md` says what its members mean. */
export const jsonReport = (report: Report): string => `${JSON.stringify({ version: 1, ...asDocument(report) }, null, 2)}\n`;
