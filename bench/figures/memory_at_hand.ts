// A restore is measured with memory at hand (common/memory.ts tells why): what is free meanwhile is memory that others used
// until a moment ago.
import { spawnSync } from 'node:child_process';
import { freemem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './children.js';
import { memoryGivenBack } from '../common/machine.js';

const giveBackMs = 4000;

/** A process that holds all memory but so many bytes until it is killed. None where no memory is given back. */
export async function holdAllBut(bytes: number): Promise<Child | undefined> {
  const held = freemem() - bytes;
  if (memoryGivenBack() === undefined || held <= 0) return undefined;
  const child = new Child({ do: 'hold', bytes: held });
  await child.told('ready');
  return child;
}

/**
 * Memory is given back two seconds after some was freed, and the machine may stand still for a second meanwhile. Behind this
 * call it has just done so, if it does at all.
 */
export async function giveMemoryBack(): Promise<void> {
  const before = memoryGivenBack();
  spawnSync('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1', 'status=none']); // takes 64 MiB, and frees them
  const end = performance.now() + giveBackMs;
  while (memoryGivenBack() === before && performance.now() < end) await sleep(5);
}
