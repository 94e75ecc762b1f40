// Pages that need nothing else: what all of them look like, and their tables. Text of others is escaped.
import { escapeHtml } from './text.js';

const style = `
:root { color-scheme: light dark; --text:#222; --faint:#666; --rule:#ddd; --page:#fff }
@media (prefers-color-scheme: dark) { :root { --text:#e6e3de; --faint:#a09c95; --rule:#3a3840; --page:#141318 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 64rem; margin: 2rem auto }
body { padding: 0 1rem } h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin-top: 2rem }
svg { display: block; width: 100%; font: 12px system-ui, sans-serif } svg text { fill: var(--faint) } .faint { color: var(--faint) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap }
td.key, th.key { text-align: left; white-space: normal; overflow-wrap: anywhere; font-family: ui-monospace, monospace }`;

/** `title` is text, the parts of the body are markup; `ownStyle` stands behind the style of all pages. */
export function pageOf(title: string, ownStyle: string, body: readonly string[]): string {
  const head = escapeHtml(title);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${head}</title><style>${style}${ownStyle}</style></head><body>`,
    `<h1>${head}</h1>`,
    ...body,
    '</body></html>',
  ].join('\n');
}

const cell = (tag: 'td' | 'th', text: string, kind: string) => `<${tag}${kind}>${escapeHtml(text)}</${tag}>`;

/** `textColumn`: the one that holds text of others, by its place. */
export function table(head: readonly string[], rows: readonly string[][], textColumn = -1): string {
  const row = (tag: 'td' | 'th') => (cells: readonly string[]) =>
    `<tr>${cells.map((text, i) => cell(tag, text, i === textColumn ? ' class="key"' : '')).join('')}</tr>`;
  const body = rows.map(row('td')).join('\n');
  return `<div class="scroll"><table><thead>${row('th')(head)}</thead><tbody>${body}</tbody></table></div>`;
}
