import type { InstanceLog } from '../../src/hosting/serving-container.ts';

/** A log that hands on what it gets. */
export const instanceLog = (onText: (text: string) => void = () => {}): InstanceLog => ({
  begin() {},
  append: (_stream, bytes) => onText(String(bytes)),
  async resume() {},
});
