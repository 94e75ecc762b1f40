// A report as a page that needs no other file.
import { escapeHtml } from './line_chart.js';
import { reportStyle } from './report_style.js';

export const htmlList = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;

/** `parts`: HTML. */
export function page(title: string, parts: readonly string[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title><style>${reportStyle}</style></head><body>`,
    `<h1>${escapeHtml(title)}</h1>`,
    ...parts,
    '</body></html>',
  ].join('\n');
}
