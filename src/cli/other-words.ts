/** Command lines that are ways of writing another: `help train`, `-h`, `version`. */
export function asFlags(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'version' && rest.length === 0) return ['--version'];
  if (first === 'help') return [...rest, '--help'];
  return argv;
}
