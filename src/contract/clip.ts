/** The first `limit` UTF-16 units of `text` (the service counts Java characters), one fewer where a character would be split. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, Math.max(0, splitsPair ? limit - 1 : limit));
}
