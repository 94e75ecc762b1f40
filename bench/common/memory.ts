// Memory that others used until a moment ago. A virtual machine may give free memory back to its host (Linux:
// mm/page_reporting.c), and then waits for each page of it: a gigabyte in up to two seconds. That is longer than some stores
// take to fill or to restore it, and a figure should tell of the store, not of the host.
import { spawnSync } from 'node:child_process';
import { freemem } from 'node:os';
import { memoryGivenBack } from './machine.js';

const pieceBytes = 64 * 1024 * 1024;

/** Another process takes so many bytes, or most of what is free, and ends. Nothing is done where no memory is given back. */
export function useMemory(bytes: number): void {
  if (memoryGivenBack() === undefined) return;
  const pieces = Math.min(bytes, freemem() * 0.8) / pieceBytes;
  const take = `for (const held = []; held.length < ${pieces}; ) held.push(Buffer.alloc(${pieceBytes}, 1))`;
  spawnSync(process.execPath, ['--eval', take]);
}
