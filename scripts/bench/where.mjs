export async function where() {
  return { found: {}, text: '', isPassed: true };
}
