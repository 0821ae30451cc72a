import { fail } from '../../errors.ts';

export const reportFormats = ['text', 'json', 'junit', 'sarif'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** `--format`. Errors: WrongUsage. */
export function reportFormat(text = 'text'): ReportFormat {
  const format = reportFormats.find((each) => each === text);
  if (format) return format;
  throw fail('WrongUsage', { message: `--format ${text}: there is no such format.`, remedy: `Use one of: ${reportFormats.join(', ')}.` });
}
