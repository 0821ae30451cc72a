import type { Label, MetricFamily, MetricSample } from './exposition.ts';
import { labelText } from './prometheus.ts';

/** What the container of one instance tells of itself. */
export interface InstanceMetrics {
  readonly endpoint: string;
  readonly variant: string;
  /** `i-…` */
  readonly instance: string;
  readonly families: readonly MetricFamily[];
}

/**
 * The metrics of containers as one text in which each family is there once. Every sample gets the labels endpoint, variant and instance; its
 * own of these names become exported_…, as Prometheus itself would have it. A family that is of another type than one of its name before it
 * is left out, and `onLeftOut` told.
 */
export function containerMetricsText(instances: readonly InstanceMetrics[], onLeftOut: (message: string) => void = () => {}): string {
  const merged = new Map<string, Merged>();
  for (const { families, endpoint, variant, instance } of instances) {
    const own = labelText({ endpoint, variant, instance });
    for (const { name, type, help, samples } of families) {
      const family = merged.get(name) ?? { type, help, lines: [] };
      merged.set(name, family);
      family.help ??= help;
      if (family.type === type) family.lines.push(...samples.map((sample) => lineOf(sample, own)));
      else
        onLeftOut(
          `The metric ${name} of ${endpoint}/${variant} is left out where it is a ${type}: other containers have a ${family.type} of that name.`,
        );
    }
  }
  return [...merged].map(([name, { type, help, lines }]) => `${helpOf(name, help)}# TYPE ${name} ${type}\n${lines.join('')}`).join('');
}

interface Merged {
  readonly type: MetricFamily['type'];
  help: string | undefined;
  readonly lines: string[];
}

const helpOf = (name: string, help: string | undefined): string => (help === undefined ? '' : `# HELP ${name} ${help}\n`);

function lineOf({ name, labels, value }: MetricSample, own: string): string {
  const rest = exported(labels)
    .map(([label, text]) => `,${label}="${text}"`)
    .join('');
  return `${name}{${own}${rest}} ${value}\n`;
}

const ours: ReadonlySet<string> = new Set(['endpoint', 'variant', 'instance']);

function exported(labels: readonly Label[]): readonly Label[] {
  if (!labels.some(([name]) => ours.has(name))) return labels;
  const taken = new Set(labels.map(([name]) => name));
  return labels.map(([name, value]) => {
    if (!ours.has(name)) return [name, value];
    let free = `exported_${name}`;
    while (taken.has(free)) free = `exported_${free}`;
    taken.add(free);
    return [free, value];
  });
}
