// Values in the words of an error message.

const longestText = 40;

const shorten = (text: string) => (text.length > longestText ? `${text.slice(0, longestText)}...` : text);

/** A value for an error message: its type, and the value itself where it is short. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(shorten(value))}`;
  if (typeof value === 'bigint') return `the bigint ${shorten(String(value))}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${String(value)}`;
  if (typeof value === 'symbol' || typeof value === 'function') return `a ${typeof value}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an object (${shorten(Object.keys(value).join(', ')) || 'empty'})`;
}
